import type { SampleMoments } from '../../result/sample-moments.js';
import { studentCdf, studentQuantile } from './distributions.js';
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

/** Student's interval for a mean; undefined below two values. */
export function meanInterval(sample: SampleMoments, level: number): Interval | undefined {
  if (sample.count < 2) return undefined;
  const spread = studentQuantile(1 - (1 - level) / 2, sample.count - 1) * Math.sqrt(varianceOf(sample) / sample.count);
  return { low: sample.mean - spread, high: sample.mean + spread };
}

/** Welch's test (Biometrika 34, 1947, p. 28) with Satterthwaite's degrees of freedom; undefined below two values or without any spread. */
export function welchTest(one: SampleMoments, other: SampleMoments, level: number): WelchResult | undefined {
  if (one.count < 2 || other.count < 2) return undefined;
  const oneError = varianceOf(one) / one.count;
  const otherError = varianceOf(other) / other.count;
  const error = oneError + otherError;
  if (error === 0) return undefined;
  const difference = one.mean - other.mean;
  const t = difference / Math.sqrt(error);
  const degreesOfFreedom =
    (error * error) / ((oneError * oneError) / (one.count - 1) + (otherError * otherError) / (other.count - 1));
  const spread = studentQuantile(1 - (1 - level) / 2, degreesOfFreedom) * Math.sqrt(error);
  const pooledFreedom = one.count + other.count - 2;
  const pooledDeviation = Math.sqrt((one.squaredDeviations + other.squaredDeviations) / pooledFreedom);
  return {
    difference,
    interval: { low: difference - spread, high: difference + spread },
    t,
    degreesOfFreedom,
    pValue: 2 * studentCdf(-Math.abs(t), degreesOfFreedom),
    hedgesG: (difference / pooledDeviation) * (1 - 3 / (4 * pooledFreedom - 1)),
  };
}

function varianceOf(sample: SampleMoments): number {
  return sample.squaredDeviations / (sample.count - 1);
}
