import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { loadMetrics } from '../result/load-metrics.js';
import { escapeMarkdown, markdownTable } from './markdown-table.js';
import { metricUnit } from './metric-unit.js';
import { describeSlo, type ReportRow } from './report-content.js';
import { textTable } from './text-table.js';
import { formatChange, formatMetric, unitSuffix } from './value-text.js';
import { verdictWord } from './verdict-text.js';

/** A result and the name it is shown under. */
type NamedResult = { readonly name: string; readonly result: ExperimentResult };

/** Two results side by side, as plain text: each SLO's verdict and each metric, with what changed from the first to the second. */
export function differenceReport(first: NamedResult, second: NamedResult): string {
  const columns = [first.name, second.name, 'change'];
  return differences(first, second)
    .map(({ title, rows }) => textTable(title, columns, rows))
    .join('\n\n\n');
}

/** The same as GitHub-flavoured Markdown, for the comment of a pull request: the metrics are folded. */
export function markdownDifference(first: NamedResult, second: NamedResult): string {
  const sections = differences(first, second).map(({ title, rows }) => {
    const table = markdownTable(
      [title, first.name, second.name, 'change'],
      rows.map(({ name, cells }) => [name, ...cells]),
    );
    return title === 'Metrics'
      ? `<details><summary>Metrics, ${escapeMarkdown(`${first.name} and ${second.name}`)}</summary>\n\n${table}\n\n</details>`
      : table;
  });
  return `${sections.join('\n\n')}\n`;
}

function differences(
  first: NamedResult,
  second: NamedResult,
): { readonly title: string; readonly rows: readonly ReportRow[] }[] {
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
  return [...(verdicts.length > 0 ? [{ title: 'SLOs', rows: verdicts }] : []), { title: 'Metrics', rows: metrics }];
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
