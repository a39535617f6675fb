import type { Adjustment } from '../../result/slo-verdict.js';
import { adjustedMeans } from '../statistics/cuped.js';
import type { Estimate } from '../statistics/estimate.js';
import { meanEstimate } from '../statistics/mean.js';
import { mergePairs } from '../statistics/paired-moments.js';
import { ratioEstimate } from '../statistics/ratio.js';
import type { Evidence } from './evidence.js';

/** The means or ratios of two versions, adjusted where a covariate is known of both; or why there are none. */
export type ComparedMeans =
  | {
      readonly kind: 'means';
      readonly one: Estimate;
      readonly other: Estimate;
      readonly adjustment?: Adjustment;
    }
  | Untested;

/** Why two versions cannot be compared by a metric. */
export type Untested = { readonly kind: 'untested'; readonly reason: string };

/** The estimates of two versions that are to be compared. */
export function comparedMeans(one: Evidence, other: Evidence): ComparedMeans {
  if (one.kind === 'ratio' && other.kind === 'ratio') {
    return both(ratioEstimate(one.pairs), ratioEstimate(other.pairs));
  }
  if (one.kind === 'mean' && other.kind === 'mean') {
    return adjusted(one, other) ?? both(meanEstimate(one.moments), meanEstimate(other.moments));
  }
  const silent = [one, other].find((each) => each.kind === 'none');
  if (silent?.kind === 'none') return { kind: 'untested', reason: silent.reason };
  return {
    kind: 'untested',
    reason: 'it counts what was sent or happened, which has no random variation; compare a rate',
  };
}

function both(one: Estimate | undefined, other: Estimate | undefined): ComparedMeans {
  if (one === undefined || other === undefined) return { kind: 'untested', reason: 'a single value has no spread' };
  return { kind: 'means', one, other };
}

function adjusted(
  one: Extract<Evidence, { kind: 'mean' }>,
  other: Extract<Evidence, { kind: 'mean' }>,
): ComparedMeans | undefined {
  if (one.covariate === undefined || other.covariate === undefined) return undefined;
  // Users without a covariate have its mean, which changes nothing of theirs.
  const covariateMean = mergePairs(one.covariate.pairs, other.covariate.pairs).otherMean;
  const withAll = ({ pairs, without: { count, mean, squaredDeviations } }: NonNullable<typeof one.covariate>) =>
    mergePairs(pairs, {
      count,
      mean,
      squaredDeviations,
      otherMean: covariateMean,
      otherSquaredDeviations: 0,
      products: 0,
    });
  const means = adjustedMeans(withAll(one.covariate), withAll(other.covariate));
  if (means === undefined) return undefined;
  return {
    kind: 'means',
    one: means.one,
    other: means.other,
    adjustment: { covariate: one.covariate.metric, varianceExplained: means.varianceExplained },
  };
}
