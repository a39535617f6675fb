import { escapeMarkup } from './escape-markup.js';
import { formatNumber } from './value-text.js';

/** One line of a chart, as points in the units of its axes; null leaves a gap. */
export type ChartSeries = {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
  /** Steps from point to point, as for a histogram; otherwise straight lines. */
  readonly isStepped?: boolean;
};

/** A chart to draw. */
export type Chart = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** Places and texts of the marks on the x axis; evenly spread numbers by default. */
  readonly xTicks?: readonly { readonly x: number; readonly text: string }[];
};

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 44;
const DASHES = ['', '6 4', '2 3', '8 3 2 3'];

/** Draws a chart as SVG, with a title for those who cannot see it; series differ by colour (classes s0, s1, …) and by dashes, for print. */
export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const xs = points.map(({ x }) => x);
  const xMin = Math.min(...xs);
  const xMax = Math.max(...xs);
  const yMax = niceCeiling(Math.max(0, ...points.map(({ y }) => y ?? 0)));
  const toX = (x: number): number => LEFT + (xMax > xMin ? (x - xMin) / (xMax - xMin) : 0.5) * (WIDTH - LEFT - RIGHT);
  const toY = (y: number): number => HEIGHT - BOTTOM - (y / (yMax || 1)) * (HEIGHT - TOP - BOTTOM);
  const xTicks = chart.xTicks ?? spreadTicks(xMin, xMax);
  const yTicks = [0, 1, 2, 3, 4].map((part) => (yMax * part) / 4);
  const grid = yTicks.map(
    (y) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(toY(y))}" y2="${fixed(toY(y))}"/><text class="tick" x="${LEFT - 6}" y="${fixed(toY(y) + 4)}" text-anchor="end">${formatNumber(y)}</text>`,
  );
  const marks = xTicks.map(
    ({ x, text }) =>
      `<text class="tick" x="${fixed(toX(x))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${escapeMarkup(text)}</text>`,
  );
  const lines = chart.series.map(
    (series, index) =>
      `<path ${strokeOf('line', index)} d="${pathOf(series, toX, toY)}"/><path class="point s${index % 6}" d="${lonePoints(series, toX, toY)}"/>`,
  );
  const legend =
    chart.series.length < 2
      ? ''
      : `<p class="legend">${chart.series.map(({ label }, index) => `${legendKey(index)}${escapeMarkup(label)}`).join(' ')}</p>`;
  return `<figure><figcaption>${escapeMarkup(chart.title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(chart.title)}">
${grid.join('')}${marks.join('')}
<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeMarkup(chart.xLabel)}</text>
<text class="axis" transform="translate(12 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeMarkup(chart.yLabel)}</text>
${lines.join('')}
</svg>${legend}</figure>`;
}

function strokeOf(className: string, index: number): string {
  return `class="${className} s${index % 6}" stroke-dasharray="${DASHES[index % DASHES.length] ?? ''}"`;
}

// A stroke, since browsers leave backgrounds out in print.
function legendKey(index: number): string {
  return `<svg class="key" viewBox="0 0 32 8" aria-hidden="true"><path ${strokeOf('sample', index)} d="M0 4H32"/></svg>`;
}

function pathOf(series: ChartSeries, toX: (x: number) => number, toY: (y: number) => number): string {
  let path = '';
  let isDrawing = false;
  for (const { x, y } of series.points) {
    if (y === null) {
      isDrawing = false;
      continue;
    }
    if (!isDrawing) path += `M${fixed(toX(x))} ${fixed(toY(y))}`;
    else
      path += series.isStepped === true ? `H${fixed(toX(x))}V${fixed(toY(y))}` : `L${fixed(toX(x))} ${fixed(toY(y))}`;
    isDrawing = true;
  }
  return path;
}

// A point without a neighbour makes no line: round caps make it a dot.
function lonePoints({ points }: ChartSeries, toX: (x: number) => number, toY: (y: number) => number): string {
  const isMissing = (index: number): boolean => (points[index]?.y ?? null) === null;
  return points
    .flatMap(({ x, y }, index) =>
      y !== null && isMissing(index - 1) && isMissing(index + 1) ? [`M${fixed(toX(x))} ${fixed(toY(y))}h0`] : [],
    )
    .join('');
}

// Of ticks that would read the same the first is enough.
function spreadTicks(from: number, to: number): { x: number; text: string }[] {
  const places = [0, 1, 2, 3, 4].map((part) => from + ((to - from) * part) / 4);
  const texts = places.map(formatNumber);
  return places.flatMap((x, index) => {
    const text = texts[index] ?? '';
    return texts.indexOf(text) === index ? [{ x, text }] : [];
  });
}

// The next of 1, 2, 4, 8, 10 times a power of ten: quarters of it read well.
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
