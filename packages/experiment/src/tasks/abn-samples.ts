import type { Covariate, MetricSample } from '../result/metric-sample.js';
import type { PairedMoments, SampleMoments } from '../result/sample-moments.js';
import type { UserTotals } from '../store/abn-metrics.js';

/** What users gave a metric, as independent values: their sums. */
export function userMeanSample(totals: UserTotals, covariate?: Covariate): MetricSample {
  const moments = momentsOf([...totals.values()].map(({ sum }) => sum));
  return { kind: 'mean', ...moments, ...(covariate === undefined ? {} : { covariate }) };
}

/** The same of all users who were sent to the version; those who gave no value gave 0. */
export function exposedMeanSample(totals: UserTotals, exposed: number): MetricSample {
  const values = [...totals.values()].map(({ sum }) => sum);
  return { kind: 'mean', ...momentsOf(values, Math.max(0, exposed - values.length)) };
}

/** The mean over transactions: what users gave in all, over how many transactions they made. */
export function transactionMeanSample(totals: UserTotals): MetricSample {
  return { kind: 'ratio', pairs: pairedMoments([...totals.values()].map(({ sum, count }) => [sum, count])) };
}

/** What users gave one metric over what they gave another; a user with a value of one of them has 0 of the other. */
export function ratioSample(upper: UserTotals, lower: UserTotals): MetricSample {
  const users = new Set([...upper.keys(), ...lower.keys()]);
  return {
    kind: 'ratio',
    pairs: pairedMoments([...users].map((user) => [upper.get(user)?.sum ?? 0, lower.get(user)?.sum ?? 0])),
  };
}

/** A value of each user from before the experiment, beside the metric's. */
export function covariateOf(metric: string, totals: UserTotals, before: UserTotals): Covariate {
  const pairs: [number, number][] = [];
  const without: number[] = [];
  for (const [user, { sum }] of totals) {
    const earlier = before.get(user);
    if (earlier === undefined) without.push(sum);
    else pairs.push([sum, earlier.sum]);
  }
  return { metric, pairs: pairedMoments(pairs), without: momentsOf(without) };
}

function momentsOf(values: readonly number[], zeros = 0): SampleMoments {
  const count = values.length + zeros;
  if (count === 0) return { count: 0, mean: 0, squaredDeviations: 0, cubedDeviations: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let squaredDeviations = zeros * mean ** 2;
  let cubedDeviations = -zeros * mean ** 3;
  for (const value of values) {
    squaredDeviations += (value - mean) ** 2;
    cubedDeviations += (value - mean) ** 3;
  }
  return { count, mean, squaredDeviations, cubedDeviations };
}

function pairedMoments(pairs: readonly (readonly [number, number])[]): PairedMoments {
  const count = pairs.length;
  const mean = pairs.reduce((sum, [value]) => sum + value, 0) / Math.max(1, count);
  const otherMean = pairs.reduce((sum, [, other]) => sum + other, 0) / Math.max(1, count);
  let squaredDeviations = 0;
  let otherSquaredDeviations = 0;
  let products = 0;
  for (const [value, other] of pairs) {
    squaredDeviations += (value - mean) ** 2;
    otherSquaredDeviations += (other - otherMean) ** 2;
    products += (value - mean) * (other - otherMean);
  }
  return { count, mean, squaredDeviations, otherMean, otherSquaredDeviations, products };
}
