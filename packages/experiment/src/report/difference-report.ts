import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { loadMetrics } from '../result/load-metrics.js';
import { metricUnit } from './metric-unit.js';
import { describeSlo, type ReportRow } from './report-content.js';
import { textTable } from './text-table.js';
import { formatChange, formatMetric, unitSuffix } from './value-text.js';
import { verdictWord } from './verdict-text.js';

/** Two results side by side, as plain text: each SLO's verdict and each metric, with what changed from the first to the second. */
export function differenceReport(
  first: { readonly name: string; readonly result: ExperimentResult },
  second: { readonly name: string; readonly result: ExperimentResult },
): string {
  const columns = [first.name, second.name];
  const verdicts = rowsOf(
    verdictsOf(first.result),
    verdictsOf(second.result),
    (verdict) => verdict,
    (one, other) => (one === other ? '' : 'changed'),
  );
  const metrics = rowsOf(
    metricsOf(first.result),
    metricsOf(second.result),
    ({ value, unit }) => formatMetric(value, unit),
    describeChange,
  );
  const sections = [
    ...(verdicts.length > 0 ? [textTable('SLOs', [...columns, 'change'], verdicts)] : []),
    textTable('Metrics', [...columns, 'change'], metrics),
  ];
  return sections.join('\n\n\n');
}

type Measured = { readonly value: number; readonly unit: string | undefined };

function describeChange(one: Measured, other: Measured): string {
  const change = other.value - one.value;
  // Where the units differ the numbers cannot be compared.
  if (one.unit !== other.unit) return 'unit changed';
  const shown = `${formatChange(change, one.unit)}${unitSuffix(one.unit)}`;
  if (one.value === 0 || change === 0) return shown;
  return `${shown}, ${change > 0 ? '+' : ''}${((100 * change) / Math.abs(one.value)).toFixed(1)} %`;
}

function rowsOf<T>(
  first: ReadonlyMap<string, T>,
  second: ReadonlyMap<string, T>,
  show: (value: T) => string,
  describeChangeOf: (one: T, other: T) => string,
): ReportRow[] {
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const one = first.get(name);
    const other = second.get(name);
    const change = one === undefined ? 'new' : other === undefined ? 'gone' : describeChangeOf(one, other);
    return { name, cells: [...[one, other].map((value) => (value === undefined ? '' : show(value))), change] };
  });
}

function verdictsOf({ insights }: ExperimentResult): Map<string, string> {
  if (insights === undefined) return new Map();
  return new Map(
    insights.slos.flatMap((slo, index) =>
      (insights.verdicts[index] ?? []).map((verdict, version) => [
        `${describeSlo(slo)}, ${versionLabel(insights, version)}`,
        verdictWord(verdict),
      ]),
    ),
  );
}

function metricsOf({ insights }: ExperimentResult): Map<string, Measured> {
  if (insights === undefined) return new Map();
  return new Map(
    insights.loads.flatMap((groups, version) => {
      const loaded = Object.entries(groups).flatMap(([group, load]) =>
        loadMetrics(load).map(({ name, value }) => [`${group}/${name}`, value] as const),
      );
      const collected = Object.entries(insights.metricValues[version] ?? {});
      return [...loaded, ...collected].map(
        ([name, value]) =>
          [`${name}, ${versionLabel(insights, version)}`, { value, unit: metricUnit(insights, name) }] as const,
      );
    }),
  );
}
