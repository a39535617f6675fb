import uPlot from 'uplot';
import type { ChartData } from '../../src/report/charts/chart.js';
import { fittingTicks } from './axis-ticks.js';
import { colour } from './colours.js';
import { drawIntervals, drawLimit } from './intervals.js';

const HEIGHT = 260;
const FONT = '12px system-ui, sans-serif';
const FEW_POINTS = 30;

/** Draws a chart into an element as wide as it is. */
export function drawChart(plot: HTMLElement, data: ChartData): uPlot {
  const columns = data.series.map(({ points }) => {
    // Rows that a series does not have stay undefined: its line passes over them. At null it breaks.
    const column = new Array<number | null | undefined>(data.x.length).fill(undefined);
    for (const [row, y] of points) column[row] = y;
    return column;
  });
  return new uPlot(
    {
      width: plot.clientWidth,
      height: HEIGHT,
      padding: [10, 24, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: data.kind !== 'intervals' },
        ...(data.kind === 'steps' ? { dataIdx: bucketUnder } : {}),
        ...(data.group === undefined ? {} : { sync: { key: data.group, setSeries: false } }),
      },
      scales: {
        x: { time: false, range: (_chart, min, max) => xRange(data, min, max) },
        y: {
          range: (chart, _min, max) =>
            data.kind === 'intervals' ? intervalRange(chart, data) : [0, (max || 1) * 1.08],
        },
      },
      axes: [xAxis(data), yAxis()],
      series: [{}, ...data.series.map((one) => lineOf(one, data))],
      hooks: {
        draw: [
          (chart) => {
            if (data.kind === 'intervals') drawIntervals(chart, data);
            if (data.limit !== undefined) drawLimit(chart, data.limit);
          },
        ],
      },
    },
    [[...data.x], ...columns],
    plot,
  );
}

// A step holds from its x value to the next.
function bucketUnder(chart: uPlot, _series: number, closest: number, x: number): number {
  return (chart.data[0][closest] ?? 0) > x ? Math.max(0, closest - 1) : closest;
}

function xRange({ kind, x, xRange: fixed }: ChartData, min: number, max: number): [number, number] {
  const isWhole = min <= (x[0] ?? 0) && max >= (x.at(-1) ?? 0);
  if (isWhole && fixed !== undefined) return [...fixed];
  const room = isWhole && kind === 'intervals' ? 0.5 : 0;
  return max > min ? [min - room, max + room] : [min - 0.5, max + 0.5];
}

/** Everything that is shown, intervals and limit too, with a little room. */
function intervalRange(chart: uPlot, { limit, series }: ChartData): [number, number] {
  const values = series.flatMap(({ points }, index) =>
    chart.series[index + 1]?.show === true ? points.flatMap(([, y, low, high]) => [y, low, high]) : [],
  );
  const known = [...values, limit].filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return [0, 1];
  const [min, max] = [Math.min(...known), Math.max(...known)];
  const room = (max - min || Math.abs(max) || 1) * 0.08;
  return [min - room, max + room];
}

function xAxis({ xTicks }: ChartData): uPlot.Axis {
  const textOf = new Map(xTicks?.map(({ x, text }) => [x, text]));
  return {
    ...axisColours(),
    size: 28,
    ...(xTicks === undefined
      ? {}
      : {
          splits: (chart, _axis, min, max) => fittingTicks(chart, xTicks, min, max).map(({ x }) => x),
          values: (_chart, splits) => splits.map((x) => textOf.get(x) ?? ''),
        }),
  };
}

function yAxis(): uPlot.Axis {
  const format = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
  return {
    ...axisColours(),
    values: (_chart, splits) => splits.map(format),
    size: (_chart, values) => 18 + 7 * Math.max(2, ...((values as string[] | null) ?? []).map(({ length }) => length)),
  };
}

function axisColours(): uPlot.Axis {
  const line = { stroke: () => colour('line'), width: 1 };
  return { stroke: () => colour('soft'), font: FONT, grid: line, ticks: { ...line, size: 4 }, gap: 4 };
}

function lineOf({ colour: number, dash }: ChartData['series'][number], { kind, x }: ChartData): uPlot.Series {
  const stroke = (): string => colour(`s${number}`);
  // Drawn by ours.
  if (kind === 'intervals') return { stroke, paths: () => null, points: { show: false } };
  const points = { size: 5, width: 1, stroke, fill: stroke };
  if (kind === 'steps') return { stroke, width: 2, dash: [...dash], paths: STEPS, points: { show: false } };
  const show = x.length <= FEW_POINTS;
  return {
    stroke,
    width: 2,
    dash: [...dash],
    points: show ? { ...points, show } : { ...points, show: true, filter: alone },
  };
}

const STEPS = uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);

// A point without a neighbour makes no line.
function alone(chart: uPlot, series: number): number[] {
  const column = chart.data[series] ?? [];
  const known = [...column].flatMap((y, row) => (y === undefined ? [] : [{ y, row }]));
  return known.flatMap(({ y, row }, index) =>
    y !== null && (known[index - 1]?.y ?? null) === null && (known[index + 1]?.y ?? null) === null ? [row] : [],
  );
}
