import { studentCdf, studentQuantile } from './distributions.js';
import type { Interval } from './interval.js';

/** A value found from a sample, and what is known of its error. */
export type Estimate = {
  readonly value: number;
  readonly standardError: number;
  /** Of the standard error. */
  readonly degreesOfFreedom: number;
  /** The skewness of the estimate's own distribution: of a mean, that of the values divided by the root of their number. */
  readonly skewness?: number;
};

/**
 * The greatest skewness of an estimate at which Student's interval holds its level to within a point, since Cochran asks a mean for more
 * than 25 G² values of skewness G (Sampling Techniques, 3rd edition, 1977, p. 42).
 */
export const MAX_SKEWNESS = 0.2;

/** Student's interval. */
export function studentInterval(estimate: Estimate, level: number): Interval {
  const spread = -studentQuantile((1 - level) / 2, estimate.degreesOfFreedom) * estimate.standardError;
  return { low: estimate.value - spread, high: estimate.value + spread };
}

/**
 * Student's interval corrected for skewness by Hall's transformation (J. R. Statist. Soc. B 54, 1992, p. 221; for two samples Zhou and
 * Dinh, Biostatistics 6, 2005, p. 187): far in the tails, where early looks decide, the plain one misses the longer tail.
 */
export function skewnessCorrectedInterval(estimate: Estimate, level: number): Interval {
  const { value, standardError, degreesOfFreedom, skewness = 0 } = estimate;
  const t = -studentQuantile((1 - level) / 2, degreesOfFreedom);
  return {
    low: value - standardError * inverseHall(t, skewness),
    high: value - standardError * inverseHall(-t, skewness),
  };
}

/** The difference `one` - `other` of independent estimates, with Satterthwaite's degrees of freedom (Welch, Biometrika 34, 1947, p. 28). */
export function differenceOfEstimates(one: Estimate, other: Estimate): Estimate {
  const oneVariance = one.standardError ** 2;
  const otherVariance = other.standardError ** 2;
  const variance = oneVariance + otherVariance;
  const difference = {
    value: one.value - other.value,
    standardError: Math.sqrt(variance),
    degreesOfFreedom:
      variance ** 2 / (oneVariance ** 2 / one.degreesOfFreedom + otherVariance ** 2 / other.degreesOfFreedom),
  };
  if (one.skewness === undefined || other.skewness === undefined) return difference;
  const cumulant = one.skewness * oneVariance ** 1.5 - other.skewness * otherVariance ** 1.5;
  return { ...difference, skewness: cumulant / variance ** 1.5 };
}

/** The two-sided p value of a true value of 0. */
export function studentPValue({ value, standardError, degreesOfFreedom }: Estimate): number {
  return 2 * studentCdf(-Math.abs(value / standardError), degreesOfFreedom);
}

/** The same, corrected for skewness as the interval is. */
export function skewnessCorrectedPValue({ value, standardError, degreesOfFreedom, skewness = 0 }: Estimate): number {
  return 2 * studentCdf(-Math.abs(hall(value / standardError, skewness)), degreesOfFreedom);
}

/**
 * The p value that holds where either Student's or the one corrected for skewness does: the greater. Of unequal samples the correction may claim
 * more than there is, since it rests on a skewness that few values tell. What both refute, one right test refutes: the intersection-union
 * principle (Berger, Technometrics 24, 1982, p. 295).
 */
export function cautiousPValue(estimate: Estimate): number {
  return Math.max(studentPValue(estimate), skewnessCorrectedPValue(estimate));
}

/** The interval of the values that `cautiousPValue` does not refute: from the lower of both lower ends to the higher of both higher ends. */
export function cautiousInterval(estimate: Estimate, level: number): Interval {
  const [plain, corrected] = [studentInterval(estimate, level), skewnessCorrectedInterval(estimate, level)];
  return { low: Math.min(plain.low, corrected.low), high: Math.max(plain.high, corrected.high) };
}

function hall(t: number, skewness: number): number {
  return t + (skewness * t ** 2) / 3 + (skewness ** 2 * t ** 3) / 27 + skewness / 6;
}

function inverseHall(z: number, skewness: number): number {
  // The limit of what follows, which loses its digits there.
  if (Math.abs(skewness) < 1e-6) return z;
  return (3 / skewness) * (Math.cbrt(1 + skewness * (z - skewness / 6)) - 1);
}
