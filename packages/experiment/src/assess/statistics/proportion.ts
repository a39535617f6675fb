import { logGamma, normalQuantile } from './distributions.js';
import type { Interval } from './interval.js';

/** So many of so many. */
export type Proportion = { readonly successes: number; readonly trials: number };

/** Wilson's score interval for a proportion (J. Amer. Statist. Assoc. 22, 1927, p. 209), without continuity correction. */
export function wilsonInterval({ successes, trials }: Proportion, level: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const z = normalQuantile(1 - (1 - level) / 2);
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
  const oneRate = one.successes / one.trials;
  const otherRate = other.successes / other.trials;
  const oneInterval = wilsonInterval(one, level);
  const otherInterval = wilsonInterval(other, level);
  const difference = oneRate - otherRate;
  return {
    low: difference - Math.hypot(oneRate - oneInterval.low, otherInterval.high - otherRate),
    high: difference + Math.hypot(oneInterval.high - oneRate, otherRate - otherInterval.low),
  };
}

/** The two-sided p value of Fisher's exact test for equal proportions: all tables no likelier than the one seen. */
export function fisherExactTest(one: Proportion, other: Proportion): number {
  const successes = one.successes + other.successes;
  const trials = one.trials + other.trials;
  const first = Math.max(0, successes - other.trials);
  const last = Math.min(successes, one.trials);
  const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const whole = logChoose(trials, successes);
  const probability = (k: number): number =>
    Math.exp(logChoose(one.trials, k) + logChoose(other.trials, successes - k) - whole);
  // Equal tables differ in their last digits: R's fisher.test allows the same margin.
  const seen = probability(one.successes) * (1 + 1e-7);
  let total = 0;
  for (let k = first; k <= last; k += 1) {
    const each = probability(k);
    if (each <= seen) total += each;
  }
  return Math.min(1, total);
}
