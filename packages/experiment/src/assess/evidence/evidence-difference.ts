import type { Adjustment } from '../../result/slo-verdict.js';
import {
  differenceOfEstimates,
  cautiousInterval,
  cautiousPValue,
  studentInterval,
  studentPValue,
} from '../statistics/estimate.js';
import type { Interval } from '../statistics/interval.js';
import { hedgesG } from '../statistics/mean.js';
import { differenceInterval } from '../statistics/mover.js';
import { equalRatesTest } from '../statistics/poisson.js';
import { fisherExactTest, newcombeInterval } from '../statistics/proportion.js';
import { sequentialLevel, sequentialPValue } from '../statistics/sequential-mixture.js';
import { boundedAlone } from './bounded-evidence.js';
import { comparedMeans, type Untested } from './compared-means.js';
import { distrustOf, type PlannedSize } from './evidence-interval.js';
import type { Evidence } from './evidence.js';

/** How two versions differ by one metric, or why that is unknown. */
export type Difference =
  | {
      readonly kind: 'tested';
      /** The first less the second. */
      readonly effect: number;
      readonly interval: Interval;
      readonly pValue: number;
      readonly test: 'Welch' | 'Fisher exact' | 'order statistics' | 'delta method' | 'binomial';
      readonly standardizedEffect?: number;
      readonly adjustment?: Adjustment;
    }
  | Untested;

/** The share of the planned sizes that two samples have, by the information on their difference; undefined for one look. */
export function plannedShare(
  one: Evidence,
  other: Evidence,
  planned: readonly [PlannedSize, PlannedSize],
): number | undefined {
  const [onePlanned, otherPlanned] = planned;
  if (onePlanned === undefined || otherPlanned === undefined) return undefined;
  return (1 / onePlanned + 1 / otherPlanned) / (1 / one.observations + 1 / other.observations);
}

/** Tests the difference of two versions by one metric; `share` as `plannedShare` gives it. */
export function evidenceDifference(
  one: Evidence,
  other: Evidence,
  level: number,
  share: number | undefined,
): Difference {
  const nominal = share === undefined ? level : sequentialLevel(level, share);
  const result = testDifference(one, other, nominal, share !== undefined);
  if (result.kind === 'untested' || share === undefined) return result;
  return { ...result, pValue: sequentialPValue(result.pValue, level, share) };
}

function testDifference(one: Evidence, other: Evidence, level: number, isSequential: boolean): Difference {
  if (one.kind === 'proportion' && other.kind === 'proportion') {
    return {
      kind: 'tested',
      effect: one.value - other.value,
      interval: newcombeInterval(one.proportion, other.proportion, level),
      pValue: fisherExactTest(one.proportion, other.proportion),
      test: 'Fisher exact',
    };
  }
  if (one.kind === 'events' && other.kind === 'events') {
    return {
      kind: 'tested',
      effect: one.value - other.value,
      interval: differenceInterval(boundedAlone(one, level), boundedAlone(other, level)),
      pValue: equalRatesTest(one.rate, other.rate),
      test: 'binomial',
    };
  }
  if (one.kind === 'quantile' && other.kind === 'quantile') {
    const intervalAt = (at: number): Interval => differenceInterval(boundedAlone(one, at), boundedAlone(other, at));
    return {
      kind: 'tested',
      effect: one.value - other.value,
      interval: intervalAt(level),
      pValue: pValueOf(intervalAt),
      test: 'order statistics',
    };
  }
  const means = comparedMeans(one, other);
  if (means.kind === 'untested') return means;
  const difference = differenceOfEstimates(means.one, means.other);
  const distrust = distrustOf(difference, Math.min(one.observations, other.observations));
  if (distrust !== undefined) return { kind: 'untested', reason: distrust };
  return {
    kind: 'tested',
    effect: difference.value,
    interval: (isSequential ? cautiousInterval : studentInterval)(difference, level),
    pValue: (isSequential ? cautiousPValue : studentPValue)(difference),
    test: one.kind === 'ratio' ? 'delta method' : 'Welch',
    ...(one.kind === 'mean' && other.kind === 'mean'
      ? { standardizedEffect: hedgesG(one.moments, other.moments) }
      : {}),
    ...(means.adjustment === undefined ? {} : { adjustment: means.adjustment }),
  };
}

const MIN_P_VALUE = 1e-12;

// The greatest level at which the interval leaves 0 out, by bisection over powers of ten.
function pValueOf(intervalAt: (level: number) => Interval): number {
  const leavesZeroOut = (pValue: number): boolean => {
    const { low, high } = intervalAt(1 - pValue);
    return low > 0 || high < 0;
  };
  if (!leavesZeroOut(1 - MIN_P_VALUE)) return 1;
  let low = Math.log(MIN_P_VALUE);
  let high = 0;
  if (leavesZeroOut(MIN_P_VALUE)) return MIN_P_VALUE;
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (leavesZeroOut(Math.exp(middle))) high = middle;
    else low = middle;
  }
  return Math.min(1, Math.exp(high));
}
