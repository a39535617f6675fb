import { betaQuantile, logGamma, normalQuantile } from './distributions.js';
import type { Interval } from './interval.js';
import { differenceInterval } from './mover.js';
import { lastWhere } from './last-where.js';

/** So many of so many. */
export type Proportion = { readonly successes: number; readonly trials: number };

/** The exact interval for a proportion (Clopper and Pearson, Biometrika 26, 1934, p. 404), which leaves at most (1 - level)/2 on either side, whatever the proportion is. */
export function clopperPearsonInterval({ successes, trials }: Proportion, level: number): Interval {
  const tail = (1 - level) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes >= trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
  };
}

/** Wilson's score interval for a proportion (J. Amer. Statist. Assoc. 22, 1927, p. 209), without continuity correction. */
export function wilsonInterval({ successes, trials }: Proportion, level: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const z = -normalQuantile((1 - level) / 2);
  const rate = successes / trials;
  const centre = rate + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  // Rounding must not move the ends that are exactly 0 and 1.
  return {
    low: successes === 0 ? 0 : (centre - spread) / scale,
    high: successes === trials ? 1 : (centre + spread) / scale,
  };
}

/** The interval for the difference `one` - `other` of two proportions: the hybrid score method, number 10 of Newcombe (Statistics in Medicine 17, 1998, p. 873). */
export function newcombeInterval(one: Proportion, other: Proportion, level: number): Interval {
  const bounded = (each: Proportion) => ({ value: each.successes / each.trials, ...wilsonInterval(each, level) });
  return differenceInterval(bounded(one), bounded(other));
}

/** The two-sided p value of Fisher's exact test for equal proportions: all tables no likelier than the one seen. */
export function fisherExactTest(one: Proportion, other: Proportion): number {
  const successes = one.successes + other.successes;
  const failures = one.trials + other.trials - successes;
  const first = Math.max(0, successes - other.trials);
  const last = Math.min(successes, one.trials);
  const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const logProbability = (k: number): number => logChoose(successes, k) + logChoose(failures, one.trials - k);
  const logWhole = logChoose(successes + failures, one.trials);
  // Equal tables differ in their last digits: R's fisher.test allows the same margin.
  const seen = logProbability(one.successes) + 1e-7;
  // The probability rises to the mode and falls behind it: on either side one place parts the tables that count from those that do not.
  const mode = Math.floor(((one.trials + 1) * (successes + 1)) / (successes + failures + 2));
  const below = lastWhere(first - 1, mode, (k) => k < first || logProbability(k) <= seen);
  const above = lastWhere(mode, last, (k) => k === mode || logProbability(k) > seen) + 1;
  if (below >= mode) return 1;
  const sumFrom = (start: number, step: 1 | -1): number => {
    if (start < first || start > last) return 0;
    let term = Math.exp(logProbability(start) - logWhole);
    let total = 0;
    // From one table to the next by their ratio, until what follows no longer changes the sum.
    for (let k = start; k >= first && k <= last && term > total * 1e-17; k += step) {
      total += term;
      term *=
        step === 1
          ? ((successes - k) * (one.trials - k)) / ((k + 1) * (failures - one.trials + k + 1))
          : (k * (failures - one.trials + k)) / ((successes - k + 1) * (one.trials - k + 1));
    }
    return total;
  };
  return Math.min(1, sumFrom(below, -1) + sumFrom(above, 1));
}
