import type { PairedMoments } from '../../result/sample-moments.js';
import type { Estimate } from './estimate.js';

/**
 * The ratio of two sums over independent pairs, such as what users spent over what they ordered, and its error by the delta method
 * (Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, section 2; Cochran, Sampling Techniques, 3rd
 * edition, 1977, p. 153, without the correction for finite populations). Undefined below two pairs or where the lower sum is 0.
 */
export function ratioEstimate(pairs: PairedMoments): Estimate | undefined {
  const { count, mean, otherMean, squaredDeviations, otherSquaredDeviations, products } = pairs;
  if (count < 2 || otherMean === 0) return undefined;
  const value = mean / otherMean;
  // Of what is left of each pair when the ratio explains it.
  const residuals = squaredDeviations - 2 * value * products + value ** 2 * otherSquaredDeviations;
  return {
    value,
    standardError: Math.sqrt(Math.max(0, residuals) / (count - 1) / count) / Math.abs(otherMean),
    degreesOfFreedom: count - 1,
  };
}
