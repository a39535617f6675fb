import type { BuildMetrics, MetricSummary } from '../store/abn-metrics.js';
import type { ValueSummary } from '../store/value-summary.js';
import type { ReportRow } from './report-content.js';
import { textTable } from './text-table.js';
import { formatNumber } from './value-text.js';

const STATISTICS: readonly { readonly name: string; readonly of: (summary: ValueSummary) => number }[] = [
  { name: 'count', of: ({ count }) => count },
  { name: 'mean', of: ({ mean }) => mean },
  { name: 'stddev', of: ({ standardDeviation }) => standardDeviation },
  { name: 'min', of: ({ min }) => min },
  { name: 'max', of: ({ max }) => max },
];

/** The metrics of the builds of an application side by side, as plain text; a build without a value of a metric shows none. */
export function abnReport(application: string, builds: readonly BuildMetrics[]): string {
  const columns = builds.map(({ version, signature }) => (signature === '' ? version : `${version}@${signature}`));
  const names = [...new Set(builds.flatMap(({ metrics }) => Object.keys(metrics)))].sort();
  const rows: ReportRow[] = [
    { name: 'users', cells: builds.map(({ numUsers }) => String(numUsers)) },
    ...names.flatMap((metric) => [
      ...rowsOf(metric, 'transactions', builds, ({ overTransactions }) => overTransactions),
      ...rowsOf(metric, 'users', builds, ({ overUsers }) => overUsers),
    ]),
  ];
  return textTable(application, columns, rows);
}

function rowsOf(
  metric: string,
  over: string,
  builds: readonly BuildMetrics[],
  pick: (summary: MetricSummary) => ValueSummary,
): ReportRow[] {
  return STATISTICS.map(({ name, of }) => ({
    name: `${metric} over ${over}, ${name}`,
    cells: builds.map(({ metrics }) => {
      const summary = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
      return summary === undefined ? '' : formatNumber(of(pick(summary)));
    }),
  }));
}
