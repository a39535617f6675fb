import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { loadMetrics } from '../result/load-metrics.js';
import { describeSlo, verdictWord, type ReportRow } from './report-content.js';
import { textTable } from './text-table.js';
import { formatNumber } from './value-text.js';

/** Two results side by side, as plain text: each SLO's verdict and each metric, with what changed from the first to the second. */
export function differenceReport(
  first: { readonly name: string; readonly result: ExperimentResult },
  second: { readonly name: string; readonly result: ExperimentResult },
): string {
  const columns = [first.name, second.name];
  const verdicts = rowsOf(verdictsOf(first.result), verdictsOf(second.result), (one, other) =>
    one === other ? '' : 'changed',
  );
  const metrics = rowsOf(metricsOf(first.result), metricsOf(second.result), (one, other) => {
    const change = other - one;
    const relative =
      one === 0 || change === 0 ? '' : ` (${change > 0 ? '+' : ''}${formatNumber((100 * change) / one)} %)`;
    return `${change > 0 ? '+' : ''}${formatNumber(change)}${relative}`;
  });
  const sections = [
    ...(verdicts.length > 0 ? [textTable('SLOs', [...columns, 'change'], verdicts)] : []),
    textTable('Metrics', [...columns, 'change'], metrics),
  ];
  return sections.join('\n\n\n');
}

function rowsOf<T extends string | number>(
  first: ReadonlyMap<string, T>,
  second: ReadonlyMap<string, T>,
  describeChange: (one: T, other: T) => string,
): ReportRow[] {
  const show = (value: T | undefined): string => (typeof value === 'number' ? formatNumber(value) : (value ?? ''));
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const one = first.get(name);
    const other = second.get(name);
    const change = one === undefined ? 'new' : other === undefined ? 'gone' : describeChange(one, other);
    return { name, cells: [show(one), show(other), change] };
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

function metricsOf({ insights }: ExperimentResult): Map<string, number> {
  if (insights === undefined) return new Map();
  return new Map(
    insights.loads.flatMap((groups, version) => {
      const loaded = Object.entries(groups).flatMap(([group, load]) =>
        loadMetrics(load).map(({ name, value }) => [`${group}/${name}`, value] as const),
      );
      const collected = Object.entries(insights.metricValues[version] ?? {});
      return [...loaded, ...collected].map(
        ([name, value]) => [`${name}, ${versionLabel(insights, version)}`, value] as [string, number],
      );
    }),
  );
}
