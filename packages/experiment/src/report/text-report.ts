import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { describeComparison } from './comparison-text.js';
import { describeSlo, metricRows, reportNotes, verdictWord, type ReportRow } from './report-content.js';

/** The report as plain text: summary, SLOs, metrics, and with several versions winners and comparisons; then what to know beside. */
export function textReport(result: ExperimentResult): string {
  const { insights } = result;
  const sections = [table('Experiment summary', [], summaryRows(result))];
  if (insights !== undefined) {
    const versions =
      insights.numVersions > 1 ? insights.loads.map((_, version) => versionLabel(insights, version)) : [];
    if (insights.slos.length > 0) {
      const rows = insights.slos.map((slo, index) => ({
        name: describeSlo(slo),
        cells: (insights.verdicts[index] ?? []).map(verdictWord),
      }));
      sections.push(table('SLOs', versions, rows));
    }
    const metrics = metricRows(insights);
    if (metrics.length > 0) sections.push(table('Metrics', versions, metrics));
    if (insights.rewards.length > 0) {
      const rows = insights.rewards.map(({ metric, direction, winner, reason }) => ({
        name: `${direction} ${metric}`,
        cells: [winner === null ? `none: ${reason ?? ''}` : versionLabel(insights, winner)],
      }));
      sections.push(table('Winners', [], rows));
    }
    if (insights.comparisons.length > 0) {
      const rows = insights.comparisons.map((comparison) => ({
        name: `${comparison.metric}, ${versionLabel(insights, comparison.version)} to ${versionLabel(insights, comparison.baseline)}`,
        cells: [describeComparison(comparison)],
      }));
      sections.push(table('Comparisons', [], rows));
    }
  }
  const notes = reportNotes(result);
  if (notes.length > 0) sections.push(`Notes\n${notes.map((note) => `- ${note}`).join('\n')}\n`);
  return sections.join('\n\n\n');
}

function summaryRows(result: ExperimentResult): ReportRow[] {
  const isCompleted = result.numTasks !== undefined && result.numCompletedTasks === result.numTasks;
  return [
    { name: 'Experiment completed', cells: [result.numTasks === undefined ? 'unknown' : String(isCompleted)] },
    { name: 'Experiment failed', cells: [String(result.failure)] },
    { name: 'Number of completed tasks', cells: [String(result.numCompletedTasks)] },
    ...(result.numLoops > 1 ? [{ name: 'Number of loops', cells: [String(result.numLoops)] }] : []),
  ];
}

// Names stand right-aligned before a bar, values after it, a line between rows.
function table(title: string, columns: readonly string[], rows: readonly ReportRow[]): string {
  const lines = [{ name: title, cells: columns }, ...rows];
  const nameWidth = Math.max(28, ...lines.map(({ name }) => name.length)) + 1;
  const columnCount = Math.max(1, ...lines.map(({ cells }) => cells.length));
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(5, ...lines.map(({ cells }) => (cells[column] ?? '').length)),
  );
  const rule = `${'-'.repeat(nameWidth)}|${widths.map((width) => '-'.repeat(width)).join('|')}`;
  const text = lines.map(({ name, cells }) => {
    const padded = cells.map((cell, column) => (column < cells.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell));
    return `${name.padStart(nameWidth)}|${padded.join('|')}`;
  });
  return `${[rule, ...text.flatMap((line) => [line, rule])].join('\n')}\n`;
}
