import type { ExperimentResult, Insights } from '../result/experiment-result.js';
import { versionLabel } from '../result/experiment-result.js';
import { loadMetrics } from '../result/load-metrics.js';
import { isBaselineSlo, type Slo } from '../result/slo.js';
import { lateSendLines } from './late-send-text.js';
import { formatMetric, formatNumber, formatPercent } from './value-text.js';

/** A table of rows by name, with one cell a version. */
export type ReportRow = { readonly name: string; readonly cells: readonly string[] };

/** `built-in/p95.0 <= 100` or `built-in/p95 <= baseline + 5 %`, with its confidence where it has one. */
export function describeSlo(slo: Slo): string {
  const sign = slo.bound === 'upper' ? '<=' : '>=';
  const confidence = slo.confidence === undefined ? '' : ` (${formatPercent(slo.confidence)} sure)`;
  return `${slo.metric} ${sign} ${limitText(slo)}${confidence}`;
}

function limitText(slo: Slo): string {
  if (!isBaselineSlo(slo)) return String(slo.limit);
  const { margin } = slo;
  const allowed = margin.kind === 'relative' ? formatPercent(margin.share) : String(margin.amount);
  return `baseline ${slo.bound === 'upper' ? '+' : '-'} ${allowed}`;
}

/** All metrics of all versions, loads and back ends, sorted by name; an empty cell where a version has none. */
export function metricRows(insights: Insights): ReportRow[] {
  const byName = new Map<string, string[]>();
  const put = (name: string, version: number, text: string): void => {
    const cells = byName.get(name) ?? insights.loads.map(() => '');
    cells[version] = text;
    byName.set(name, cells);
  };
  insights.loads.forEach((groups, version) => {
    for (const [group, load] of Object.entries(groups)) {
      for (const { name, value, unit } of loadMetrics(load))
        put(`${group}/${name}`, version, formatMetric(value, unit));
    }
  });
  insights.metricValues.forEach((values, version) => {
    for (const [name, value] of Object.entries(values)) {
      put(name, version, formatMetric(value, insights.metricsInfo[name]?.units));
    }
  });
  // By code unit, as the sample: p50.0 before p95.0 before request-count.
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, cells]) => ({ name, cells }));
}

/** What a reader must know beside the tables: failures, warnings, missed rates, late sends, skipped metrics. */
export function reportNotes(result: ExperimentResult): string[] {
  const notes = result.failureReason === undefined ? [] : [`The run failed: ${result.failureReason}`];
  for (const { name, state, reason } of result.tasks) {
    if (state === 'completed' && reason !== undefined) notes.push(`${name} failed, which the spec allows: ${reason}`);
  }
  const { insights } = result;
  if (insights === undefined) return notes;
  const of = (version: number): string => (insights.numVersions > 1 ? ` (${versionLabel(insights, version)})` : '');
  insights.slos.forEach((slo, index) => {
    insights.verdicts[index]?.forEach((verdict, version) => {
      if (verdict.warning !== undefined) notes.push(`${describeSlo(slo)}${of(version)} ${verdict.warning}`);
    });
  });
  insights.loads.forEach((groups, version) => {
    for (const [group, load] of Object.entries(groups)) {
      if (load.requestedRate !== null && load.reachedRate < 0.99 * load.requestedRate) {
        const rates = `reached ${formatNumber(load.reachedRate)} requests/s of ${formatNumber(load.requestedRate)} requested`;
        notes.push(`${group}${of(version)} ${rates}`);
      }
      if (load.earlyEnd?.reason !== undefined) notes.push(`${group}${of(version)} ${load.earlyEnd.reason}`);
      for (const line of lateSendLines(load)) notes.push(`${group}${of(version)}: ${line}`);
      for (const [reason, count] of Object.entries(load.failures)) {
        notes.push(`${group}${of(version)} got no response to ${count} requests: ${reason}`);
      }
    }
  });
  for (const { metric, version, reason } of insights.skippedMetrics) {
    notes.push(`${metric}${of(version)} was skipped: ${reason}`);
  }
  return notes;
}
