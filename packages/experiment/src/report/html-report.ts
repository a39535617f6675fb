import { versionLabel, type ExperimentResult, type Insights } from '../result/experiment-result.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';
import { chartFigure } from './charts/chart-figure.js';
import { CHART_SCRIPT, CHART_SCRIPT_HASH, CHART_STYLE } from './charts/chart-script.js';
import type { Chart } from './charts/chart.js';
import { comparisonCharts } from './charts/comparison-charts.js';
import { hasServiceTime, loadCharts } from './charts/load-charts.js';
import { lookCharts } from './charts/look-charts.js';
import { metricHistogramCharts } from './charts/metric-histogram-charts.js';
import { describeComparison } from './comparison-text.js';
import { escapeMarkup } from './escape-markup.js';
import { HTML_STYLE } from './html-style.js';
import { metricUnit } from './metric-unit.js';
import { inconclusiveText } from './decision-words.js';
import { conclusions } from './conclusions.js';
import { describeSlo, metricRows, reportNotes } from './report-content.js';
import { rewardText } from './reward-text.js';
import { sloSections } from './slo-sections.js';
import { summarizeResult, summaryLines } from './result-summary.js';
import { formatMetric, formatPercent, formatValue } from './value-text.js';
import { changeText } from './verdict-text.js';

const LOOK_MARKS =
  'What each look found: a disc is satisfied, a cross violated, a ring inconclusive; the line through it is the confidence interval.';
const SERVICE_TIME =
  '“From when due” counts the wait for a free connection, as users feel it; “service time” counts from when the request was sent, so it leaves that wait out.';

/** Nothing from elsewhere; of scripts only ours, and no text ever becomes markup. */
const SECURITY = [
  "default-src 'none'",
  `script-src '${CHART_SCRIPT_HASH}'`,
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The report as one HTML file that needs no network; without scripts its charts are tables. `presentSpec` is the experiment's file as it is now, for a result that does not hold what ran. */
export function htmlReport(result: ExperimentResult, presentSpec?: string): string {
  const { insights } = result;
  const sections = [
    verdictSection(result),
    list('Conclusions', conclusions(result)),
    insights === undefined ? '' : sloSection(insights),
    insights === undefined ? '' : lookSection(insights),
    insights === undefined ? '' : winnerSection(insights),
    insights === undefined ? '' : comparisonSection(insights),
    insights === undefined ? '' : chartSection(insights),
    insights === undefined ? '' : metricSection(insights),
    list('Notes', reportNotes(result)),
    specSection(result.specText, presentSpec),
  ];
  const body = sections.filter((section) => section !== '').join('\n');
  const script = body.includes('<figure class="chart">') ? `<script>${CHART_SCRIPT}</script>\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${SECURITY}">
<title>${escapeMarkup(headline(result))}</title>
<style>${CHART_STYLE}${HTML_STYLE}</style>
</head>
<body>
${body}
${script}</body>
</html>
`;
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<h2>${title}</h2>\n<ul>${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>`;
}

function headline(result: ExperimentResult): string {
  return summaryLines(summarizeResult(result))[0] ?? '';
}

function verdictSection(result: ExperimentResult): string {
  const { slosSatisfied, slos, failure } = summarizeResult(result);
  const isBad = failure || slos.some(({ verdict }) => verdict === 'violated');
  const tone = isBad ? 'bad' : slosSatisfied === true ? 'good' : 'open';
  const loops = result.numLoops > 1 ? `, ${result.numLoops} loops` : '';
  return `<header class="verdict ${tone}"><h1>${escapeMarkup(headline(result))}</h1><p>started ${escapeMarkup(result.startTime)}${loops}</p></header>`;
}

function sloSection(insights: Insights): string {
  return sloSections(insights)
    .map(({ title, slos }) => {
      const rows = slos.map(({ slo, verdicts }) => [
        escapeMarkup(describeSlo(slo)),
        ...insights.loads.map((_, version) => verdictCell(verdicts[version], slo, insights)),
      ]);
      return `<h2>${title}</h2>\n${table([title === 'SLOs' ? 'SLO' : 'Guard rail', ...versionLabels(insights)], rows)}`;
    })
    .join('\n');
}

function verdictCell(verdict: SloVerdict | undefined, slo: Slo, insights: Insights): string {
  if (verdict === undefined) return '';
  const unit = metricUnit(insights, slo.metric);
  const tone = { satisfied: 'good', violated: 'bad', inconclusive: 'open' }[verdict.state];
  const sign = { satisfied: '✓', violated: '✗', inconclusive: '?' }[verdict.state];
  const value = verdict.value === undefined ? '' : `: ${escapeMarkup(formatMetric(verdict.value, unit))}`;
  const reason = verdict.state === 'inconclusive' ? inconclusiveText(verdict) : verdict.reason;
  const details = [rangeText(verdict, slo, insights), reason, verdict.warning].filter(
    (text) => text !== undefined && text !== '',
  );
  return `<span class="${tone}">${sign} ${verdict.state}</span>${value}${details.map((text) => `<small>${escapeMarkup(text ?? '')}</small>`).join('')}`;
}

function rangeText(verdict: SloVerdict, slo: Slo, insights: Insights): string {
  const { change, interval } = verdict;
  if (interval === undefined) return '';
  const how = `(${interval.method}${interval.isForEveryLook === true ? ', at every look' : ''})`;
  if (change !== undefined) return `${changeText(verdict, slo, insights)} ${how}`;
  const unit = metricUnit(insights, slo.metric);
  const end = (bound: number | undefined): string => (bound === undefined ? 'no bound' : formatValue(bound, unit));
  return `between ${end(interval.low)} and ${end(interval.high)} at ${formatPercent(interval.level)} ${how}`;
}

function metricSection(insights: Insights): string {
  const rows = metricRows(insights).map(({ name, cells }) => [escapeMarkup(name), ...cells.map(escapeMarkup)]);
  return rows.length === 0 ? '' : `<h2>Metrics</h2>\n${table(['Metric', ...versionLabels(insights)], rows)}`;
}

function winnerSection(insights: Insights): string {
  const rows = insights.rewards.map((outcome) => [
    escapeMarkup(`${outcome.direction} ${outcome.metric}`),
    escapeMarkup(rewardText(outcome, insights)),
  ]);
  return rows.length === 0 ? '' : `<h2>Winners</h2>\n${table(['Reward', 'Winner'], rows)}`;
}

function comparisonSection(insights: Insights): string {
  const rows = insights.comparisons.map((comparison) => [
    escapeMarkup(comparison.metric),
    escapeMarkup(`${versionLabel(insights, comparison.version)} to ${versionLabel(insights, comparison.baseline)}`),
    escapeMarkup(describeComparison(comparison, insights)),
  ]);
  if (rows.length === 0) return '';
  return `<h2>Comparisons</h2>\n<p>p values are corrected for the number of comparisons (Holm); Hedges' g is the difference in standard deviations.</p>\n${table(['Metric', 'Versions', 'Difference'], rows)}\n${figures(comparisonCharts(insights))}`;
}

function lookSection(insights: Insights): string {
  const charts = lookCharts(insights);
  return charts.length === 0 ? '' : `<h2>Looks</h2>\n<p>${LOOK_MARKS}</p>\n${figures(charts)}`;
}

function chartSection(insights: Insights): string {
  const groups = [...new Set(insights.loads.flatMap((loads) => Object.keys(loads)))].sort();
  const sections = groups.flatMap((group) => {
    const charts = loadCharts(insights, group);
    const explanation = hasServiceTime(insights, group) ? `<p>${SERVICE_TIME}</p>\n` : '';
    return charts.length === 0 ? [] : [`<h3>${escapeMarkup(group)}</h3>\n${explanation}${figures(charts)}`];
  });
  for (const { metric, chart } of metricHistogramCharts(insights)) {
    sections.push(`<h3>${escapeMarkup(metric)}</h3>\n${figures([chart])}`);
  }
  return sections.length === 0 ? '' : `<h2>Latency, rate and errors</h2>\n${sections.join('\n')}`;
}

function figures(charts: readonly Chart[]): string {
  return charts.length === 0 ? '' : `<div class="charts">${charts.map(chartFigure).join('\n')}</div>`;
}

function specSection(ranSpec: string | undefined, presentSpec: string | undefined): string {
  const shown = ranSpec ?? presentSpec;
  if (shown === undefined) return '';
  const caution =
    ranSpec === undefined
      ? '<p>This is the current file. The result does not contain the file as it was at the time of the run.</p>\n'
      : '';
  return `<h2>Experiment</h2>\n${caution}<pre>${escapeMarkup(shown)}</pre>`;
}

function versionLabels(insights: Insights): string[] {
  return insights.loads.map((_, version) => escapeMarkup(versionLabel(insights, version)));
}

// Headings and cells come escaped.
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = headings.map((heading) => `<th scope="col">${heading}</th>`).join('');
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, column) => (column === 0 ? `<td>${cell}</td>` : `<td class="value">${cell}</td>`)).join('')}</tr>`,
  );
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}
