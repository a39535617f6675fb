import { MAX_BOUNDS, MAX_COUNT } from '@redmeter/metric-format';
import type { HistogramPoint, MetricData } from '../decode/metrics-request.js';
import { effectOf, outcomeWithoutValue, rejected, type PointOutcome } from './point-outcome.js';

/** Histograms with bounds: bucket i of OTLP holds values in (bound i-1, bound i], as a bucket of Prometheus does. */
export function histogramEffects(data: MetricData & { readonly kind: 'histogram' }): PointOutcome[] {
  return data.points.map((point) => {
    const early = outcomeWithoutValue(point, data.temporality);
    if (early !== undefined) return early;
    const problem = problemOf(point);
    if (problem !== undefined) return rejected('invalid_histogram', problem);
    const { bounds, bucketCounts, sum = 0 } = point;
    return effectOf(
      point,
      data.temporality,
      { type: 'histogram', bounds },
      { kind: 'observe', counts: [...bucketCounts], sum },
    );
  });
}

function problemOf({ bounds, bucketCounts, count }: HistogramPoint): string | undefined {
  if (bounds.length === 0 || bounds.length > MAX_BOUNDS) {
    return `expected 1 to ${MAX_BOUNDS} explicit bounds, got ${bounds.length}`;
  }
  if (!bounds.every((bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? Number.NEGATIVE_INFINITY))) {
    return 'expected finite explicit bounds in ascending order';
  }
  if (bucketCounts.length !== bounds.length + 1) {
    return `expected ${bounds.length + 1} bucket counts for ${bounds.length} bounds, got ${bucketCounts.length}`;
  }
  const negative = bucketCounts.find((each) => each < 0);
  if (negative !== undefined) return `expected bucket counts of at least 0, got ${negative}`;
  const total = bucketCounts.reduce((sum, each) => sum + each, 0);
  if (total > MAX_COUNT) return `expected at most 2^53 observations, got ${total}`;
  return total === count ? undefined : `expected a count of ${total}, the sum of the buckets, got ${count}`;
}
