import type { Insights } from '../result/experiment-result.js';
import { metricValueOf } from '../result/metric-value.js';
import type { RewardOutcome } from '../result/reward.js';
import { failedCheckOf } from './data-checks.js';
import { satisfiesAll } from './slo-verdict.js';

/** The winner by one reward as Iter8 names it: the best estimate among the versions that satisfy all SLOs, even where it is best by chance. */
export function bestByEstimate(
  insights: Insights,
  metric: string,
  direction: RewardOutcome['direction'],
): RewardOutcome {
  const none = (reason: string): RewardOutcome => ({ metric, direction, winner: null, reason });
  const failed = failedCheckOf(insights, metric);
  if (failed !== undefined) return none(failed);
  const contenders = Array.from({ length: insights.numVersions }, (_, version) => version).filter((version) =>
    satisfiesAll(insights, version),
  );
  if (contenders.length === 0) return none('no version satisfies all SLOs');
  const valued = contenders.flatMap((version) => {
    const found = metricValueOf(insights, version, metric);
    return found.kind === 'missing' ? [] : [{ version, value: found.value }];
  });
  const sign = direction === 'max' ? 1 : -1;
  const best = Math.max(...valued.map(({ value }) => sign * value));
  const winners = valued.filter(({ value }) => sign * value === best);
  const [winner] = winners;
  if (winner === undefined) return none('no version has a value');
  if (winners.length > 1) return none('several versions are equally good');
  return { metric, direction, winner: winner.version };
}
