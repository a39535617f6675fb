import type uPlot from 'uplot';
import type { ChartData } from '../../src/report/charts/chart.js';
import { colour } from './colours.js';

const STEP_ASIDE_PX = 9;
const CAP_PX = 4;
const MARK_PX = 4;

/** Draws the points of each series that is shown, with their intervals, side by side where series share an x value. */
export function drawIntervals(chart: uPlot, { series, x }: ChartData): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio;
  const shareX = series.some(({ points }) => points.length > 1);
  inPlot(chart, () => {
    series.forEach(({ colour: number, points }, index) => {
      if (chart.series[index + 1]?.show !== true) return;
      ctx.strokeStyle = ctx.fillStyle = colour(`s${number}`);
      const aside = shareX ? (index - (series.length - 1) / 2) * stepAside(chart, x) : 0;
      for (const [row, y, low, high, state] of points) {
        const left = chart.valToPos(x[row] ?? 0, 'x', true) + aside * ratio;
        if (low !== null && low !== undefined) drawCap(chart, left, low);
        if (high !== null && high !== undefined) drawCap(chart, left, high);
        if (typeof low === 'number' || typeof high === 'number') drawBar(chart, left, low ?? null, high ?? null);
        if (y !== null) drawMark(chart, left, chart.valToPos(y, 'y', true), state ?? 'satisfied');
      }
    });
  });
}

/** Draws the line that values are compared with. */
export function drawLimit(chart: uPlot, limit: number): void {
  const { ctx, bbox } = chart;
  inPlot(chart, () => {
    const y = chart.valToPos(limit, 'y', true);
    ctx.strokeStyle = colour('text');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    line(ctx, bbox.left, y, bbox.left + bbox.width, y);
  });
}

// As far as neighbours leave room.
function stepAside(chart: uPlot, x: readonly number[]): number {
  const [min = 0, max = 1] = [chart.scales['x']?.min ?? undefined, chart.scales['x']?.max ?? undefined];
  const perUnit = chart.bbox.width / devicePixelRatio / (max - min || 1);
  const closest = Math.min(...x.slice(1).map((value, index) => value - (x[index] ?? 0)));
  return Math.min(STEP_ASIDE_PX, (perUnit * (Number.isFinite(closest) ? closest : 1)) / (chart.series.length + 1));
}

function drawBar(chart: uPlot, x: number, low: number | null, high: number | null): void {
  const { ctx, bbox } = chart;
  ctx.lineWidth = 2 * devicePixelRatio;
  // Without a bound it goes on beyond the edge.
  const bottom = low === null ? bbox.top + bbox.height : chart.valToPos(low, 'y', true);
  const top = high === null ? bbox.top : chart.valToPos(high, 'y', true);
  line(ctx, x, bottom, x, top);
}

function drawCap(chart: uPlot, x: number, value: number): void {
  const y = chart.valToPos(value, 'y', true);
  const half = CAP_PX * devicePixelRatio;
  chart.ctx.lineWidth = 2 * devicePixelRatio;
  line(chart.ctx, x - half, y, x + half, y);
}

/** A disc where the SLO is satisfied, a cross where it is violated, a ring where neither is sure. */
function drawMark({ ctx }: uPlot, x: number, y: number, state: 'satisfied' | 'violated' | 'inconclusive'): void {
  const radius = MARK_PX * devicePixelRatio;
  ctx.lineWidth = 2 * devicePixelRatio;
  if (state === 'violated') {
    line(ctx, x - radius, y - radius, x + radius, y + radius);
    line(ctx, x - radius, y + radius, x + radius, y - radius);
    return;
  }
  const own = ctx.fillStyle;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  if (state === 'inconclusive') ctx.fillStyle = colour('card');
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = own;
}

function inPlot({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.setLineDash([]);
  draw();
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
