import { formatNumber } from '../value-text.js';
import type { ChartPoint, ChartSeries } from './chart.js';

/** The buckets of one version, ascending and without overlap; `lower` and `upper` in the units of the x axis. */
export type HistogramLine = Omit<ChartSeries, 'points'> & {
  readonly buckets: readonly { readonly lower: number; readonly upper: number; readonly count: number }[];
};

/** Histograms as steps at all edges of all versions. A step's height is a share per bucket, not a density; between buckets it is 0. */
export function histogramSeries(lines: readonly HistogramLine[]): ChartSeries[] {
  const edges = [...new Set(lines.flatMap(({ buckets }) => buckets.flatMap(({ lower, upper }) => [lower, upper])))];
  edges.sort((a, b) => a - b);
  return lines.map(({ label, version, buckets }) => {
    const total = buckets.reduce((sum, { count }) => sum + count, 0);
    let next = 0;
    const points = edges.map((x): ChartPoint => {
      while (next < buckets.length && (buckets[next]?.upper ?? Infinity) <= x) next += 1;
      const bucket = buckets[next];
      if (x === edges.at(-1)) return { x, y: 0, text: '' };
      if (bucket === undefined || bucket.lower > x) return { x, y: 0, text: '0 %' };
      const share = (100 * bucket.count) / total;
      return { x, y: share, text: `${formatNumber(share)} % (${formatNumber(bucket.count)})` };
    });
    return { label, version, points };
  });
}
