import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { describeComparison } from './comparison-text.js';
import { conclusions, needConclusions } from './conclusions.js';
import { sloSections } from './slo-sections.js';
import { describeSlo, metricRows, reportNotes, type ReportRow } from './report-content.js';
import { rewardText } from './reward-text.js';
import { textTable } from './text-table.js';
import { verdictWithInterval } from './verdict-text.js';
import { visibleText } from './visible-text.js';

/** The report as plain text: summary, conclusions where they say more than true and false, SLOs, metrics, and with several versions winners and comparisons; then what to know beside. */
export function textReport(result: ExperimentResult): string {
  const { insights } = result;
  const sections = [textTable('Experiment summary', [], summaryRows(result))];
  if (needConclusions(result)) sections.push(list('Conclusions', conclusions(result)));
  if (insights !== undefined) {
    const versions =
      insights.numVersions > 1 ? insights.loads.map((_, version) => versionLabel(insights, version)) : [];
    for (const { title, slos } of sloSections(insights)) {
      const rows = slos.map(({ slo, verdicts }) => ({
        name: describeSlo(slo),
        cells: verdicts.map((verdict) => verdictWithInterval(verdict, slo, insights)),
      }));
      sections.push(textTable(title, versions, rows));
    }
    const metrics = metricRows(insights);
    if (metrics.length > 0) sections.push(textTable('Metrics', versions, metrics));
    if (insights.rewards.length > 0) {
      const rows = insights.rewards.map((outcome) => ({
        name: `${outcome.direction} ${outcome.metric}`,
        cells: [rewardText(outcome, insights)],
      }));
      sections.push(textTable('Winners', [], rows));
    }
    if (insights.comparisons.length > 0) {
      const rows = insights.comparisons.map((comparison) => ({
        name: `${comparison.metric}, ${versionLabel(insights, comparison.version)} to ${versionLabel(insights, comparison.baseline)}`,
        cells: [describeComparison(comparison, insights)],
      }));
      sections.push(textTable('Comparisons', [], rows));
    }
  }
  const notes = reportNotes(result);
  if (notes.length > 0) sections.push(list('Notes', notes));
  return sections.join('\n\n\n');
}

function list(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `- ${visibleText(line)}`).join('\n')}\n`;
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
