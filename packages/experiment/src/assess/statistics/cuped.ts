import type { PairedMoments } from '../../result/sample-moments.js';
import type { Estimate } from './estimate.js';
import { mergePairs } from './paired-moments.js';

/** Means of two versions from which the part that a covariate explains is taken out. */
export type AdjustedMeans = {
  readonly one: Estimate;
  readonly other: Estimate;
  /** The share of the variance that the covariate explains. */
  readonly varianceExplained: number;
};

/**
 * Adjusts the means of two versions by a value of each user from before the experiment: CUPED (Deng, Xu, Kohavi and Walker, "Improving the
 * Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", WSDM 2013, section 3). θ is the slope within
 * versions, so that an effect of the versions does not change it. In the pairs the covariate is the other value. Undefined below three
 * users of a version.
 */
export function adjustedMeans(one: PairedMoments, other: PairedMoments): AdjustedMeans | undefined {
  if (one.count < 3 || other.count < 3) return undefined;
  const covariate = one.otherSquaredDeviations + other.otherSquaredDeviations;
  const slope = covariate > 0 ? (one.products + other.products) / covariate : 0;
  const overall = mergePairs(one, other).otherMean;
  const adjust = ({ count, mean, otherMean, squaredDeviations, otherSquaredDeviations, products }: PairedMoments) => {
    const residuals = squaredDeviations - 2 * slope * products + slope ** 2 * otherSquaredDeviations;
    const left = Math.max(0, residuals);
    const estimate: Estimate = {
      value: mean - slope * (otherMean - overall),
      standardError: Math.sqrt(left / (count - 1) / count),
      degreesOfFreedom: count - 1,
    };
    return { estimate, left };
  };
  const adjusted = [adjust(one), adjust(other)] as const;
  const before = one.squaredDeviations + other.squaredDeviations;
  const after = adjusted[0].left + adjusted[1].left;
  return {
    one: adjusted[0].estimate,
    other: adjusted[1].estimate,
    varianceExplained: before > 0 ? 1 - after / before : 0,
  };
}
