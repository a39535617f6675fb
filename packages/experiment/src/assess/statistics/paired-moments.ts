import type { PairedMoments } from '../../result/sample-moments.js';

/** Both sets of pairs together (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979). */
export function mergePairs(one: PairedMoments, other: PairedMoments): PairedMoments {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  const count = one.count + other.count;
  const weight = (one.count * other.count) / count;
  const difference = other.mean - one.mean;
  const otherDifference = other.otherMean - one.otherMean;
  return {
    count,
    mean: one.mean + (difference * other.count) / count,
    otherMean: one.otherMean + (otherDifference * other.count) / count,
    squaredDeviations: one.squaredDeviations + other.squaredDeviations + weight * difference ** 2,
    otherSquaredDeviations: one.otherSquaredDeviations + other.otherSquaredDeviations + weight * otherDifference ** 2,
    products: one.products + other.products + weight * difference * otherDifference,
  };
}
