import type { Interval } from './interval.js';
import type { RankInterval } from './order-statistics.js';
import type { Proportion } from './proportion.js';
import { logEvidence, mixtureOf } from './sequential-mixture.js';

/**
 * The interval in which a proportion lies at every look with the given confidence: the proportions against which there is not enough
 * evidence, exact for independent trials ("betting", Waudby-Smith and Ramdas, J. R. Statist. Soc. B 86, 2024, p. 1).
 *
 * @param plannedTrials The number of trials at which it is to be narrowest.
 */
export function proportionSequence({ successes, trials }: Proportion, plannedTrials: number, level: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const isOutside = (rate: number): boolean => refutationOf(rate, plannedTrials, level)(successes, trials);
  const rate = successes / trials;
  return {
    low: successes === 0 ? 0 : boundary(isOutside, 0, rate),
    high: successes === trials ? 1 : boundary(isOutside, 1, rate),
  };
}

/**
 * The ranks of the order statistics between which the `probability` quantile lies at every look: how many values lie below it is a
 * sum of independent trials (Howard and Ramdas, Bernoulli 28, 2022, p. 1704).
 */
export function quantileRankSequence(
  n: number,
  probability: number,
  plannedCount: number,
  level: number,
): RankInterval {
  const isRefuted = refutationOf(probability, plannedCount, level);
  const isOutside = (below: number): boolean => isRefuted(below, n);
  const middle = Math.round(n * probability);
  return {
    lowRank: middle - firstWhere(middle, (steps) => isOutside(middle - steps)) + 1,
    highRank: middle + firstWhere(n - middle, (steps) => isOutside(middle + steps)),
  };
}

/** The least sample in which the `probability` quantile has an upper bound at every look. */
export function leastSequenceForUpperBound(probability: number, plannedCount: number, level: number): number {
  const isRefuted = refutationOf(probability, plannedCount, level);
  let high = 1;
  while (!isRefuted(high, high) && high < 1e9) high *= 2;
  return firstWhere(high, (n) => isRefuted(n, n));
}

/** Tells whether so many successes of so many trials are enough evidence, at any look, that a proportion is not the given one. */
export function refutationOf(
  rate: number,
  plannedTrials: number,
  level: number,
): (successes: number, trials: number) => boolean {
  const alternatives = mixtureOf(level, Math.max(plannedTrials, 1), (divergence, side) => {
    const alternative = alternativeRate(rate, divergence, side);
    return { success: Math.log(alternative / rate), failure: Math.log((1 - alternative) / (1 - rate)) };
  });
  const threshold = -Math.log(1 - level);
  return (successes, trials) =>
    logEvidence(
      alternatives,
      ({ success, failure }) => times(successes, success) + times(trials - successes, failure),
    ) >= threshold;
}

// The rate above or below whose Kullback-Leibler divergence from this one is so much; the end of [0, 1] where none is. Nearly: any
// alternative will do that does not depend on the data.
function alternativeRate(rate: number, divergence: number, side: 1 | -1): number {
  const end = side === 1 ? 1 : 0;
  const divergenceOf = (other: number): number =>
    logTimes(other, other / rate) + logTimes(1 - other, (1 - other) / (1 - rate));
  if (divergenceOf(end) <= divergence) return end;
  let near = rate;
  let far: number = end;
  for (let step = 0; step < 100 && Math.abs(far - near) > 1e-7 * Math.min(near, 1 - near); step += 1) {
    const middle = (near + far) / 2;
    if (divergenceOf(middle) < divergence) near = middle;
    else far = middle;
  }
  return near;
}

// Nothing, times minus infinity, is nothing.
function times(factor: number, log: number): number {
  return factor === 0 ? 0 : factor * log;
}

function logTimes(factor: number, argument: number): number {
  return factor === 0 ? 0 : factor * Math.log(argument);
}

// Between a value outside and one inside; the side that is outside, so that the interval is never too short.
function boundary(isOutside: (rate: number) => boolean, outside: number, inside: number): number {
  let out = outside;
  let within = inside;
  for (let step = 0; step < 100 && Math.abs(within - out) > 1e-8 * within; step += 1) {
    const middle = (out + within) / 2;
    if (isOutside(middle)) out = middle;
    else within = middle;
  }
  return out;
}

// The least number of steps from 0 to `most` that satisfies a condition which, once it holds, holds on; one more where none does.
function firstWhere(most: number, holds: (steps: number) => boolean): number {
  let low = 0;
  let high = most + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle > most || holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
