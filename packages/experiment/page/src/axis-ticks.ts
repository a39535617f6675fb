import type { ChartTick } from '../../src/report/charts/chart.js';
import type uPlot from 'uplot';

const CHARACTER_WIDTH = 7;
const SPACE_BETWEEN = 14;

/** The ticks that fit into the part of the x axis that is shown, the most important first, ascending. */
export function fittingTicks(chart: uPlot, ticks: readonly ChartTick[], min: number, max: number): ChartTick[] {
  const widthPx = chart.bbox.width / devicePixelRatio;
  const place = (x: number): number => ((x - min) / (max - min)) * widthPx;
  const kept: ChartTick[] = [];
  for (const tick of ticks) {
    if (tick.x < min || tick.x > max) continue;
    const isFree = kept.every((other) => {
      const characters = (tick.text.length + other.text.length) / 2;
      return Math.abs(place(tick.x) - place(other.x)) >= characters * CHARACTER_WIDTH + SPACE_BETWEEN;
    });
    if (isFree) kept.push(tick);
  }
  return kept.sort((a, b) => a.x - b.x);
}
