import { meanEstimate } from '../statistics/mean.js';
import { MAX_SKEWNESS, cautiousInterval, studentInterval, type Estimate } from '../statistics/estimate.js';
import type { Interval } from '../statistics/interval.js';
import { leastSampleForUpperBound, quantileRankInterval, type RankInterval } from '../statistics/order-statistics.js';
import { garwoodInterval, rateSequence } from '../statistics/poisson.js';
import {
  leastSequenceForUpperBound,
  proportionSequence,
  quantileRankSequence,
} from '../statistics/proportion-sequence.js';
import { clopperPearsonInterval } from '../statistics/proportion.js';
import { ratioEstimate } from '../statistics/ratio.js';
import { sequentialLevel } from '../statistics/sequential-mixture.js';
import type { Distribution, Evidence } from './evidence.js';

/** The interval in which the true value of a metric lies with a confidence; or why none can be given. */
export type EvidenceInterval =
  | { readonly kind: 'interval'; readonly interval: Interval; readonly method: string; readonly note?: string }
  | { readonly kind: 'exact' }
  | { readonly kind: 'none'; readonly reason: string };

/** For one look at the data: undefined. For any number of looks: the size at which the interval is to be narrowest. */
export type PlannedSize = number | undefined;

/**
 * The confidence interval of a metric. For one look: Clopper and Pearson's for proportions, order statistics for percentiles, Student's for
 * means, the delta method's for ratios, Garwood's for rates of events. For any number of looks: the confidence sequence of the same
 * kind. Counts are exact.
 */
export function evidenceInterval(evidence: Evidence, level: number, plannedSize: PlannedSize): EvidenceInterval {
  switch (evidence.kind) {
    case 'exact':
      return { kind: 'exact' };
    case 'none':
      return { kind: 'none', reason: evidence.reason };
    case 'proportion':
      return plannedSize === undefined
        ? found(clopperPearsonInterval(evidence.proportion, level), 'Clopper–Pearson')
        : found(proportionSequence(evidence.proportion, plannedSize, level), 'betting');
    case 'events':
      return plannedSize === undefined
        ? found(garwoodInterval(evidence.rate, level), 'Garwood')
        : found(rateSequence(evidence.rate, plannedSize, level), 'Poisson mixture');
    case 'quantile':
      return percentileInterval(evidence.probability, evidence.distribution, level, plannedSize);
    case 'mean':
    case 'ratio': {
      const estimate = estimateOf(evidence);
      if (estimate.kind === 'none') return estimate;
      if (plannedSize === undefined) {
        const method = evidence.kind === 'mean' ? "Student's t" : 'delta method';
        return found(studentInterval(estimate.estimate, level), method);
      }
      const nominal = sequentialLevel(level, evidence.observations / plannedSize);
      return found(cautiousInterval(estimate.estimate, nominal), 'normal mixture');
    }
  }
}

/** The estimate of a mean or a ratio with its error, or why its error cannot be trusted. */
function estimateOf(
  evidence: Extract<Evidence, { kind: 'mean' | 'ratio' }>,
): { readonly kind: 'estimate'; readonly estimate: Estimate } | { readonly kind: 'none'; readonly reason: string } {
  const estimate = evidence.kind === 'mean' ? meanEstimate(evidence.moments) : ratioEstimate(evidence.pairs);
  const unit = evidence.unit === 'answers' ? 'answer' : 'value';
  if (estimate === undefined) return { kind: 'none', reason: `a single ${unit} has no spread` };
  const reason = distrustOf(estimate, evidence.observations);
  return reason === undefined ? { kind: 'estimate', estimate } : { kind: 'none', reason };
}

/** Why Student's t does not hold for an estimate: no spread, or too skewed for so few observations. */
export function distrustOf({ standardError, skewness = 0 }: Estimate, observations: number): string | undefined {
  if (standardError === 0) return 'all values are equal, so their variation is unknown';
  if (Math.abs(skewness) <= MAX_SKEWNESS) return undefined;
  const needed = Math.ceil(observations * (skewness / MAX_SKEWNESS) ** 2);
  return `the values are so skewed that their mean needs about ${needed} of them, and there are ${observations}; judge a percentile, or collect more`;
}

/** The order statistics around a percentile, each as the outer edge of its bucket. */
function percentileInterval(
  probability: number,
  distribution: Distribution,
  level: number,
  plannedSize: PlannedSize,
): EvidenceInterval {
  const { count } = distribution;
  const ranks =
    plannedSize === undefined
      ? quantileRankInterval(count, probability, level)
      : quantileRankSequence(count, probability, plannedSize, level);
  const interval = intervalOfRanks(distribution, ranks);
  if (ranks.highRank <= count) return found(interval, 'order statistics');
  const needed =
    plannedSize === undefined
      ? leastSampleForUpperBound(probability, level)
      : leastSequenceForUpperBound(probability, plannedSize, level);
  const note = `${count} responses give no upper bound; ${needed} would`;
  return { kind: 'interval', interval, method: 'order statistics', note };
}

/** The outer edges of the buckets in which two ranks lie; 0 below the first, infinite above the last. */
export function intervalOfRanks(distribution: Distribution, { lowRank, highRank }: RankInterval): Interval {
  return {
    low: lowRank === 0 ? Math.min(0, distribution.buckets[0]?.lower ?? 0) : bucketOfRank(distribution, lowRank).lower,
    high: highRank > distribution.count ? Infinity : bucketOfRank(distribution, highRank).upper,
  };
}

function bucketOfRank({ buckets }: Distribution, rank: number): { readonly lower: number; readonly upper: number } {
  let below = 0;
  for (const bucket of buckets) {
    below += bucket.count;
    if (rank <= below) return bucket;
  }
  return buckets.at(-1) ?? { lower: -Infinity, upper: Infinity };
}

function found(interval: Interval, method: string): EvidenceInterval {
  return { kind: 'interval', interval, method };
}
