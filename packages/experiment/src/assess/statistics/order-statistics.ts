import { binomialCdf } from './distributions.js';

/** The ranks (from 1) of the order statistics between which a quantile lies; 0 and n + 1 stand for no bound. */
export type RankInterval = { readonly lowRank: number; readonly highRank: number };

/**
 * The distribution-free interval for the `probability` quantile of a sample of `n` (David and Nagaraja, Order Statistics, 3rd
 * edition, 2003, section 7.1): at most (1 - level)/2 is missed on either side.
 */
export function quantileRankInterval(n: number, probability: number, level: number): RankInterval {
  const miss = (1 - level) / 2;
  // x(r) is above the quantile with probability P(B ≤ r - 1), where B counts the values below it.
  const lowRank = lastWhere(0, n, (rank) => rank === 0 || binomialCdf(rank - 1, n, probability) <= miss);
  const highRank = 1 + lastWhere(0, n, (rank) => rank === 0 || 1 - binomialCdf(rank - 1, n, probability) > miss);
  return { lowRank, highRank };
}

/** The least sample in which the `probability` quantile has an upper bound at that level (Wilks, Ann. Math. Statist. 12, 1941, p. 91). */
export function leastSampleForUpperBound(probability: number, level: number): number {
  return Math.ceil(Math.log((1 - level) / 2) / Math.log(probability));
}

// The predicate holds up to some rank and for none above.
function lastWhere(first: number, last: number, holds: (rank: number) => boolean): number {
  let low = first;
  let high = last;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
