import { escapeMarkup } from '../escape-markup.js';
import type { Chart, ChartData, ChartPoint, ChartSeries, DrawnPoint } from './chart.js';

// As many as the style has.
const COLOUR_COUNT = 6;

// With the colour, so that print without colours can be read.
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

/**
 * A chart as HTML: its words, a legend, the data that the script of the report draws, and a table of the same values, which the script
 * reads for what it shows under the pointer, and which stands alone where no script runs.
 */
export function chartFigure(chart: Chart): string {
  const x = [...new Set(chart.series.flatMap(({ points }) => points.map((point) => point.x)))].sort((a, b) => a - b);
  const title = escapeMarkup(chart.title);
  const note = chart.note === undefined ? '' : `<p class="note">${escapeMarkup(chart.note)}</p>\n`;
  return `<figure class="chart"><figcaption>${title}</figcaption>
<p class="axis">${escapeMarkup(chart.yLabel)}</p>
<div class="plot"></div>
<p class="axis x">${escapeMarkup(chart.xLabel)}</p>
${legend(chart)}${note}<script type="application/json">${jsonForScript(chartData(chart, x))}</script>
<details><summary>Values<span class="hidden"> of ${title}</span></summary>${valueTable(chart, x)}</details></figure>`;
}

/** JSON that cannot end the element it stands in. */
function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

function chartData({ kind, group, limit, series, xRange, xTicks }: Chart, x: readonly number[]): ChartData {
  const rowOf = new Map(x.map((value, row) => [value, row]));
  return {
    kind,
    x: x.map(rounded),
    ...(xTicks === undefined ? {} : { xTicks }),
    ...(xRange === undefined ? {} : { xRange }),
    ...(limit === undefined ? {} : { limit: limit.y }),
    ...(group === undefined ? {} : { group }),
    series: series.map(({ version, points }, index) => ({
      colour: version % COLOUR_COUNT,
      dash: dashOf(index),
      points: points.map((point): DrawnPoint => drawnPoint(rowOf.get(point.x) ?? 0, point)),
    })),
  };
}

function drawnPoint(row: number, { y, interval, state }: ChartPoint): DrawnPoint {
  const value = y === null ? null : rounded(y);
  if (interval === undefined && state === undefined) return [row, value];
  const end = (bound: number | undefined): number | null => (bound === undefined ? null : rounded(bound));
  return [row, value, end(interval?.low), end(interval?.high), state ?? null];
}

// No screen shows more.
function rounded(value: number): number {
  return Number(value.toPrecision(7));
}

function dashOf(index: number): readonly number[] {
  return DASHES[index % DASHES.length] ?? [];
}

// A stroke, since browsers leave backgrounds out in print.
function legend({ series, limit, kind }: Chart): string {
  const isPlain = series.length < 2 && kind !== 'intervals';
  const entries = isPlain ? [] : series.map((one, index) => `<li>${legendButton(one, index, kind)}</li>`);
  if (limit !== undefined)
    entries.push(
      `<li class="limit"><svg class="key" viewBox="0 0 32 8" aria-hidden="true"><path d="M0 4H32"/></svg>${escapeMarkup(limit.text)}</li>`,
    );
  return entries.length === 0 ? '' : `<ul class="legend">${entries.join('')}</ul>\n`;
}

function legendButton({ label, version }: ChartSeries, index: number, kind: Chart['kind']): string {
  const dash = kind === 'intervals' ? '' : dashOf(index).join(' ');
  const key = `<svg class="key s${version % COLOUR_COUNT}" viewBox="0 0 32 8" aria-hidden="true"><path stroke-dasharray="${dash}" d="M0 4H32"/></svg>`;
  return `<button type="button" aria-pressed="true">${key}${escapeMarkup(label)}</button>`;
}

function valueTable({ series, xLabel, xText }: Chart, x: readonly number[]): string {
  const texts = series.map(({ points }) => new Map(points.map((point) => [point.x, point.text])));
  const rows = x.map((value) => [xText(value), ...texts.map((ofSeries) => ofSeries.get(value) ?? '')]);
  // The last edge of a histogram begins no bucket.
  while (
    rows
      .at(-1)
      ?.slice(1)
      .every((text) => text === '') === true
  )
    rows.pop();
  const head = [xLabel, ...series.map(({ label }) => label)];
  const cells = (texts: readonly string[]): string => texts.map((text) => `<td>${escapeMarkup(text)}</td>`).join('');
  return `<div class="table"><table><thead><tr>${head.map((text) => `<th scope="col">${escapeMarkup(text)}</th>`).join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table></div>`;
}
