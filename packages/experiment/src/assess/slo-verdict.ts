import type { Insights } from '../result/experiment-result.js';
import { metricValueOf } from '../result/metric-value.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import { isBaselineSlo, type LimitSlo, type Slo } from '../result/slo.js';
import { judgeAgainstBaseline } from './baseline-verdict.js';
import { failedCheckOf } from './data-checks.js';
import { evidenceInterval, type PlannedSize } from './evidence/evidence-interval.js';
import { evidenceOf, type Evidence, type FoundMetric } from './evidence/evidence.js';
import { sideOfLimit } from './evidence/side-of-limit.js';
import { scaledEvidence } from './evidence/scaled-evidence.js';
import type { Interval } from './statistics/interval.js';
import { moreObservations } from './more-observations.js';
import { plannedSizeOf } from './planned-size.js';
import { confidenceInterval } from './confidence-interval.js';

/**
 * Judges one SLO for one version: by the point estimate, or by the interval where the SLO names a confidence. A missing metric never
 * satisfies; nothing is decided by data that fail a check.
 */
export function judgeSlo(insights: Insights, version: number, slo: Slo): SloVerdict {
  return judge(insights, version, slo, true);
}

/** The same while a load runs, when it must not take long: without the interval and without what would decide. */
export function judgeSloBriefly(insights: Insights, version: number, slo: Slo): SloVerdict {
  return judge(insights, version, slo, false);
}

function judge(insights: Insights, version: number, slo: Slo, isInFull: boolean): SloVerdict {
  const metric = metricValueOf(insights, version, slo.metric);
  if (metric.kind === 'missing') return { state: 'inconclusive', reason: `no value: ${metric.reason}` };
  const failed = failedCheckOf(insights, slo.metric);
  if (failed !== undefined) return { state: 'inconclusive', value: metric.value, reason: failed };
  if (isBaselineSlo(slo)) return judgeAgainstBaseline(insights, version, slo, metric, isInFull);
  if (slo.confidence === undefined) return withWarning(judgeValue(metric.value, slo), metric);
  const plannedSize = plannedSizeOf(insights, version, metric);
  if (!isInFull && plannedSize !== undefined) {
    return { state: stateAtEveryLook(evidenceOf(metric), slo, slo.confidence, plannedSize), value: metric.value };
  }
  return judgeByInterval(evidenceOf(metric), slo, slo.confidence, plannedSize);
}

/** Whether a version satisfies all SLOs. */
export function satisfiesAll(insights: Insights, version: number): boolean {
  return insights.verdicts.every((byVersion) => byVersion[version]?.state === 'satisfied');
}

function judgeValue(value: number, slo: LimitSlo): SloVerdict {
  const isWithin = slo.bound === 'upper' ? value <= slo.limit : value >= slo.limit;
  return { state: isWithin ? 'satisfied' : 'violated', value };
}

function judgeByInterval(evidence: Evidence, slo: LimitSlo, level: number, plannedSize: PlannedSize): SloVerdict {
  const found = evidenceInterval(evidence, level, plannedSize);
  const { value } = evidence;
  if (found.kind === 'exact') return judgeValue(value, slo);
  if (found.kind === 'none') return { state: 'inconclusive', value, reason: found.reason };
  const interval = { ...confidenceInterval(found.interval, level, plannedSize !== undefined), method: found.method };
  const state = stateOf(found.interval, slo);
  if (state !== 'inconclusive') return { state, value, interval };
  const more = moreObservations(
    evidence,
    level,
    plannedSize === undefined ? undefined : evidence.observations / plannedSize,
    (factor, nominal) => {
      const then = evidenceInterval(scaledEvidence(evidence, factor), nominal, undefined);
      return then.kind === 'interval' && stateOf(then.interval, slo) !== 'inconclusive';
    },
  );
  return {
    state,
    value,
    interval,
    reason: found.note ?? 'the limit lies within the interval',
    ...(more === undefined ? {} : { moreObservations: more }),
  };
}

function stateAtEveryLook(
  evidence: Evidence,
  { bound, limit }: LimitSlo,
  level: number,
  plannedSize: number,
): SloVerdict['state'] {
  const side = sideOfLimit(evidence, limit, level, plannedSize);
  if (side === 'open') return 'inconclusive';
  return (side === 'below') === (bound === 'upper') ? 'satisfied' : 'violated';
}

function stateOf({ low, high }: Interval, { bound, limit }: LimitSlo): SloVerdict['state'] {
  if (bound === 'upper' ? high <= limit : low >= limit) return 'satisfied';
  if (bound === 'upper' ? low > limit : high < limit) return 'violated';
  return 'inconclusive';
}

// Fewer observations than 1/(1-p) hold no value beyond the percentile: the estimate is the maximum in disguise.
function withWarning(verdict: SloVerdict, metric: FoundMetric): SloVerdict {
  if (metric.kind !== 'load' || metric.reference.kind !== 'percentile') return verdict;
  const { percent } = metric.reference;
  const { count } = metric.load.latency;
  // 1/(1-0.95) is 20.000000000000018 in floating point.
  const needed = percent >= 100 ? 0 : Math.ceil(Number((100 / (100 - percent)).toPrecision(12)));
  if (count >= needed) return verdict;
  return { ...verdict, warning: `is based on ${count} responses; this percentile needs at least ${needed}` };
}
