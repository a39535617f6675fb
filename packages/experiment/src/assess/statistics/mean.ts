import type { SampleMoments } from '../../result/sample-moments.js';
import { differenceOfEstimates, studentInterval, studentPValue, type Estimate } from './estimate.js';
import type { Interval } from './interval.js';

/** Welch's test of equal means, with the interval of the difference `one` - `other`. */
export type WelchResult = {
  readonly difference: number;
  readonly interval: Interval;
  readonly t: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  /** The difference in pooled standard deviations, corrected for small samples (Hedges, J. Educ. Statist. 6, 1981, p. 107). */
  readonly hedgesG: number;
};

/** The mean of a sample, and its error; undefined below two values. */
export function meanEstimate({ count, mean, squaredDeviations, cubedDeviations }: SampleMoments): Estimate | undefined {
  if (count < 2) return undefined;
  const estimate = {
    value: mean,
    standardError: Math.sqrt(squaredDeviations / (count - 1) / count),
    degreesOfFreedom: count - 1,
  };
  if (cubedDeviations === undefined) return estimate;
  // The sum of cubes over the 3/2 power of the sum of squares: the values' skewness over the root of their number.
  return { ...estimate, skewness: squaredDeviations > 0 ? cubedDeviations / squaredDeviations ** 1.5 : 0 };
}

/** Student's interval for a mean; undefined below two values. */
export function meanInterval(sample: SampleMoments, level: number): Interval | undefined {
  const estimate = meanEstimate(sample);
  return estimate === undefined ? undefined : studentInterval(estimate, level);
}

/** Welch's test (Biometrika 34, 1947, p. 28) with Satterthwaite's degrees of freedom; undefined below two values or without any spread. */
export function welchTest(one: SampleMoments, other: SampleMoments, level: number): WelchResult | undefined {
  const estimates = [meanEstimate(one), meanEstimate(other)];
  const [oneMean, otherMean] = estimates;
  if (oneMean === undefined || otherMean === undefined) return undefined;
  const estimate = differenceOfEstimates(oneMean, otherMean);
  if (estimate.standardError === 0) return undefined;
  return {
    difference: estimate.value,
    interval: studentInterval(estimate, level),
    t: estimate.value / estimate.standardError,
    degreesOfFreedom: estimate.degreesOfFreedom,
    pValue: studentPValue(estimate),
    hedgesG: hedgesG(one, other),
  };
}

/** The difference of two means in pooled standard deviations, corrected for small samples (Hedges, J. Educ. Statist. 6, 1981, p. 107). */
export function hedgesG(one: SampleMoments, other: SampleMoments): number {
  const freedom = one.count + other.count - 2;
  const deviation = Math.sqrt((one.squaredDeviations + other.squaredDeviations) / freedom);
  return ((one.mean - other.mean) / deviation) * (1 - 3 / (4 * freedom - 1));
}
