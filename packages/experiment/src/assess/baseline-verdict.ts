import type { Insights } from '../result/experiment-result.js';
import { metricValueOf } from '../result/metric-value.js';
import type { Adjustment, SloVerdict } from '../result/slo-verdict.js';
import type { BaselineSlo } from '../result/slo.js';
import { evidenceChange } from './evidence/evidence-change.js';
import { evidenceDifference, plannedShare } from './evidence/evidence-difference.js';
import { evidenceOf, type Evidence, type FoundMetric } from './evidence/evidence.js';
import { scaledEvidence } from './evidence/scaled-evidence.js';
import { moreObservations } from './more-observations.js';
import { plannedSizeOf } from './planned-size.js';
import type { Interval } from './statistics/interval.js';
import { confidenceInterval } from './confidence-interval.js';

/**
 * Judges whether a version is no worse than the first by more than a margin: a non-inferiority test by confidence interval (Piaggio et al.,
 * JAMA 308, 2012, p. 2594). Satisfied when all of the interval of the change is within the margin, violated when all of it is beyond.
 */
export function judgeAgainstBaseline(
  insights: Insights,
  version: number,
  slo: BaselineSlo,
  metric: FoundMetric,
  tellsWhatDecides = true,
): SloVerdict {
  const { value } = metric;
  // The first version is what the others are held to.
  if (version === 0) return { state: 'satisfied', value };
  const baseline = metricValueOf(insights, 0, slo.metric);
  if (baseline.kind === 'missing') {
    return { state: 'inconclusive', value, reason: `the baseline has no value: ${baseline.reason}` };
  }
  const [one, other] = [evidenceOf(metric), evidenceOf(baseline)];
  const share = plannedShare(one, other, [
    plannedSizeOf(insights, version, metric),
    plannedSizeOf(insights, 0, baseline),
  ]);
  const level = slo.confidence;
  const found = changeOf(one, other, slo, level, share);
  if (found.kind === 'untested') return { state: 'inconclusive', value, reason: found.reason };
  const common = {
    value,
    change: found.change,
    interval: { ...confidenceInterval(found.interval, level, share !== undefined), method: found.method },
    ...(found.adjustment === undefined ? {} : { adjustment: found.adjustment }),
  };
  const state = stateOf(found.interval, slo);
  if (state !== 'inconclusive' || !tellsWhatDecides) return { state, ...common };
  const fewest = one.observations <= other.observations ? one : other;
  const more = moreObservations(fewest, level, share, (factor, nominal) => {
    const then = changeOf(scaledEvidence(one, factor), scaledEvidence(other, factor), slo, nominal, undefined);
    return then.kind === 'found' && stateOf(then.interval, slo) !== 'inconclusive';
  });
  return {
    state,
    ...common,
    reason: 'the margin lies within the interval of the change',
    ...(more === undefined ? {} : { moreObservations: more }),
  };
}

type FoundChange =
  | {
      readonly kind: 'found';
      readonly change: number;
      readonly interval: Interval;
      readonly method: string;
      readonly adjustment?: Adjustment;
    }
  | { readonly kind: 'untested'; readonly reason: string };

function changeOf(
  one: Evidence,
  other: Evidence,
  { margin }: BaselineSlo,
  level: number,
  share: number | undefined,
): FoundChange {
  if (margin.kind === 'relative') {
    const found = evidenceChange(one, other, level, share);
    return found.kind === 'untested' ? found : { ...found, kind: 'found', method: 'MOVER' };
  }
  const found = evidenceDifference(one, other, level, share);
  if (found.kind === 'untested') return found;
  const { effect, interval, test, adjustment } = found;
  return {
    kind: 'found',
    change: effect,
    interval,
    method: test === 'Fisher exact' ? 'Newcombe' : test,
    ...(adjustment === undefined ? {} : { adjustment }),
  };
}

function stateOf({ low, high }: Interval, { bound, margin }: BaselineSlo): SloVerdict['state'] {
  const allowed = margin.kind === 'relative' ? margin.share : margin.amount;
  if (bound === 'upper' ? high <= allowed : low >= -allowed) return 'satisfied';
  if (bound === 'upper' ? low > allowed : high < -allowed) return 'violated';
  return 'inconclusive';
}
