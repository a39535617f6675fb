import type { Adjustment } from '../../result/slo-verdict.js';
import { cautiousInterval, studentInterval, type Estimate } from '../statistics/estimate.js';
import type { Interval } from '../statistics/interval.js';
import { ratioInterval, type Bounded } from '../statistics/mover.js';
import { sequentialLevel } from '../statistics/sequential-mixture.js';
import { boundedAlone } from './bounded-evidence.js';
import { comparedMeans, type Untested } from './compared-means.js';
import { distrustOf } from './evidence-interval.js';
import type { Evidence } from './evidence.js';

/** How much one version has more of a metric than another, as a share of the latter; or why that is unknown. */
export type Change =
  | { readonly kind: 'change'; readonly change: number; readonly interval: Interval; readonly adjustment?: Adjustment }
  | Untested;

/** The relative change from `other` to `one`, with its interval; `share` as `plannedShare` gives it. */
export function evidenceChange(one: Evidence, other: Evidence, level: number, share: number | undefined): Change {
  const nominal = share === undefined ? level : sequentialLevel(level, share);
  const both = boundedBoth(one, other, nominal, share !== undefined);
  if (both.kind === 'untested') return both;
  if (!(both.other.value > 0)) {
    const reason = `the baseline's value is ${both.other.value}, and a share of it is not defined; give the margin as a number`;
    return { kind: 'untested', reason };
  }
  const { low, high } = ratioInterval(both.one, both.other);
  const change = {
    kind: 'change',
    change: both.one.value / both.other.value - 1,
    interval: { low: low - 1, high: high - 1 },
  } as const;
  return both.adjustment === undefined ? change : { ...change, adjustment: both.adjustment };
}

function boundedBoth(
  one: Evidence,
  other: Evidence,
  level: number,
  isSequential: boolean,
):
  | { readonly kind: 'bounded'; readonly one: Bounded; readonly other: Bounded; readonly adjustment?: Adjustment }
  | Untested {
  if (one.kind === other.kind && (one.kind === 'proportion' || one.kind === 'events' || one.kind === 'quantile')) {
    return { kind: 'bounded', one: boundedAlone(one, level), other: boundedAlone(other as typeof one, level) };
  }
  const means = comparedMeans(one, other);
  if (means.kind === 'untested') return means;
  const bounded = (estimate: Estimate): Bounded => ({
    value: estimate.value,
    ...(isSequential ? cautiousInterval : studentInterval)(estimate, level),
  });
  const distrust = distrustOf(means.one, one.observations) ?? distrustOf(means.other, other.observations);
  if (distrust !== undefined) return { kind: 'untested', reason: distrust };
  const both = { kind: 'bounded', one: bounded(means.one), other: bounded(means.other) } as const;
  return means.adjustment === undefined ? both : { ...both, adjustment: means.adjustment };
}
