import { bucketsOf, type LatencySummary } from '../result/latency-summary.js';
import type { LoadSummary } from '../result/load-summary.js';
import type { LoadReference } from '../result/metric-value.js';
import type { SampleMoments } from '../result/sample-moments.js';
import type { Interval } from './statistics/interval.js';
import { meanInterval } from './statistics/mean.js';
import { leastSampleForUpperBound, quantileRankInterval } from './statistics/order-statistics.js';
import { wilsonInterval } from './statistics/proportion.js';

/** The interval in which a metric lies with a confidence; or why none can be given. */
export type MetricInterval =
  | { readonly kind: 'interval'; readonly interval: Interval; readonly method: string; readonly note?: string }
  | { readonly kind: 'exact' }
  | { readonly kind: 'none'; readonly reason: string };

/** The confidence interval of a metric of a load: Wilson's for the error rate, order statistics for percentiles, Student's for the mean; counts are exact. */
export function metricInterval(load: LoadSummary, reference: LoadReference, level: number): MetricInterval {
  switch (reference.kind) {
    case 'request-count':
    case 'error-count':
      return { kind: 'exact' };
    case 'error-rate': {
      const interval = wilsonInterval({ successes: load.errors, trials: load.requests }, level);
      return { kind: 'interval', interval, method: 'Wilson score' };
    }
    case 'mean-latency': {
      const { count, meanMs, squaredDeviationsMs2 } = load.latency;
      const interval = meanInterval({ count, mean: meanMs, squaredDeviations: squaredDeviationsMs2 }, level);
      if (interval === undefined) return { kind: 'none', reason: 'one answer alone has no spread' };
      return { kind: 'interval', interval, method: "Student's t" };
    }
    case 'percentile':
      return percentileInterval(load.latency, reference.percent, level);
    case 'min-latency':
    case 'max-latency':
    case 'stddev-latency':
      return { kind: 'none', reason: `${reference.kind} has no interval free of assumptions` };
  }
}

/** The confidence interval of a mean that a back end gives, by Student; none where it does not tell of the values behind it. */
export function sampleInterval(sample: SampleMoments | undefined, level: number): MetricInterval {
  if (sample === undefined) {
    return { kind: 'none', reason: 'a back end gives one value, which has no confidence interval' };
  }
  const interval = meanInterval(sample, level);
  if (interval === undefined) return { kind: 'none', reason: 'one value alone has no spread' };
  return { kind: 'interval', interval, method: "Student's t" };
}

function percentileInterval(latency: LatencySummary, percent: number, level: number): MetricInterval {
  if (percent <= 0 || percent >= 100) return { kind: 'none', reason: 'a sample does not bound an extreme' };
  const { lowRank, highRank } = quantileRankInterval(latency.count, percent / 100, level);
  const method = 'order statistics';
  // Only the bucket of a rank is known, so each end is its bucket's outer edge.
  const low = lowRank === 0 ? 0 : outerEdges(latency, lowRank).low;
  if (highRank <= latency.count) {
    return { kind: 'interval', interval: { low, high: outerEdges(latency, highRank).high }, method };
  }
  const needed = leastSampleForUpperBound(percent / 100, level);
  const note = `${latency.count} answers do not bound it from above; ${needed} would`;
  return { kind: 'interval', interval: { low, high: Infinity }, method, note };
}

function outerEdges(latency: LatencySummary, rank: number): Interval {
  let below = 0;
  for (const { lowerMs, upperMs, count } of bucketsOf(latency)) {
    below += count;
    if (rank <= below) return { low: lowerMs, high: upperMs };
  }
  return { low: latency.minMs, high: latency.maxMs };
}
