import { normalQuantile } from '../statistics/distributions.js';
import { sequentialCriticalValue } from '../statistics/sequential-mixture.js';

/** How sure a plan is to be. */
export type PlanAim = {
  /** The confidence of the verdict. */
  readonly level: number;
  /** The probability with which a true effect is found. */
  readonly power: number;
  /** Whether the verdict holds at every look; then the planned size is where it is sharpest. */
  readonly isForEveryLook: boolean;
};

/**
 * How many standard errors an effect must be to be found with the power: the sum of both normal quantiles (Cohen, Statistical Power Analysis
 * for the Behavioral Sciences, 1988, chapter 12). For every look by the critical value at the planned size, which is a little more
 * than is needed, since an earlier look may find it.
 */
function effectInErrors({ level, power, isForEveryLook }: PlanAim): number {
  const critical = isForEveryLook ? sequentialCriticalValue(level, 1) : -normalQuantile((1 - level) / 2);
  return critical - normalQuantile(1 - power);
}

/** The number of values of each of two versions that finds a difference of their means, by their standard deviation; a correction of z²/4 for Student's t (Guenther, The American Statistician 35, 1981, p. 243). */
export function sizeForMeans(effect: number, deviation: number, aim: PlanAim): number {
  const z = -normalQuantile((1 - aim.level) / 2);
  return Math.ceil(2 * (effectInErrors(aim) * (deviation / effect)) ** 2 + (z * z) / 4);
}

/** The least difference of two means that so many values of each find. */
export function effectForMeans(size: number, deviation: number, aim: PlanAim): number {
  return effectInErrors(aim) * deviation * Math.sqrt(2 / size);
}

/** The number of trials of each of two versions that finds a difference of their rates (Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition, 2003, formula 4.14, without continuity correction). */
export function sizeForRates(one: number, other: number, aim: PlanAim): number {
  const power = -normalQuantile(1 - aim.power);
  const critical = effectInErrors(aim) - power;
  const mean = (one + other) / 2;
  const errors = critical * Math.sqrt(2 * mean * (1 - mean)) + power * Math.sqrt(one * (1 - one) + other * (1 - other));
  return Math.ceil((errors / (one - other)) ** 2);
}

/** The least rise of a rate that so many trials of each version find; undefined if even a rate of 1 is not found. */
export function effectForRates(size: number, rate: number, aim: PlanAim): number | undefined {
  if (sizeForRates(1, rate, aim) > size) return undefined;
  let low = rate;
  let high = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (middle > rate && sizeForRates(middle, rate, aim) <= size) high = middle;
    else low = middle;
  }
  return high - rate;
}
