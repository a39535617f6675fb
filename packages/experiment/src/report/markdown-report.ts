import { versionLabel, type ExperimentResult, type Insights } from '../result/experiment-result.js';
import { describeComparison } from './comparison-text.js';
import { conclusions } from './conclusions.js';
import { escapeMarkdown, markdownTable } from './markdown-table.js';
import { describeSlo, metricRows, reportNotes } from './report-content.js';
import { rewardText } from './reward-text.js';
import { sloSections } from './slo-sections.js';
import { summarizeResult, summaryLines } from './result-summary.js';
import { measuredText, verdictWord } from './verdict-text.js';

const marks: Readonly<Record<string, string>> = { true: '✅', false: '❌', inconclusive: '❔' };

/** The report as GitHub-flavoured Markdown, for the comment of a pull request: verdict and SLOs first, the metrics folded away. */
export function markdownReport(result: ExperimentResult): string {
  const [headline = ''] = summaryLines(summarizeResult(result));
  const { insights } = result;
  const parts = [`### ${escapeMarkdown(headline)}`];
  parts.push(...list(conclusions(result)));
  if (insights !== undefined) parts.push(...insightParts(insights));
  const notes = list(reportNotes(result));
  if (notes.length > 0) parts.push('**Notes**', ...notes);
  return `${parts.join('\n\n')}\n`;
}

function list(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')];
}

function insightParts(insights: Insights): string[] {
  const versions = insights.loads.map((_, version) => versionLabel(insights, version));
  const parts: string[] = [];
  for (const { title, slos } of sloSections(insights)) {
    const rows = slos.map(({ slo, verdicts }) => {
      const cells = insights.loads.map((_, version) => {
        const verdict = verdicts[version];
        const word = verdictWord(verdict);
        const measured = measuredText(verdict, slo, insights);
        return `${marks[word] ?? ''} ${word}${measured === undefined ? '' : `: ${measured}`}`;
      });
      return [describeSlo(slo), ...cells];
    });
    parts.push(markdownTable([title === 'SLOs' ? 'SLO' : 'Guard rail', ...versions], rows));
  }
  if (insights.rewards.length > 0) {
    const rows = insights.rewards.map((outcome) => [
      `${outcome.direction} ${outcome.metric}`,
      rewardText(outcome, insights),
    ]);
    parts.push(markdownTable(['Reward', 'Winner'], rows));
  }
  if (insights.comparisons.length > 0) {
    const rows = insights.comparisons.map((comparison) => [
      comparison.metric,
      `${versionLabel(insights, comparison.version)} to ${versionLabel(insights, comparison.baseline)}`,
      describeComparison(comparison, insights),
    ]);
    parts.push(markdownTable(['Comparison', 'Versions', 'Difference'], rows));
  }
  const metrics = metricRows(insights);
  if (metrics.length > 0) {
    const rows = metrics.map(({ name, cells }) => [name, ...cells]);
    parts.push(`<details><summary>Metrics</summary>\n\n${markdownTable(['Metric', ...versions], rows)}\n\n</details>`);
  }
  return parts;
}
