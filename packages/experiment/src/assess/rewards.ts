import type { Insights } from '../result/experiment-result.js';
import { metricValueOf } from '../result/metric-value.js';
import type { RewardOutcome, Rewards } from '../result/reward.js';
import { satisfiesAll } from './slo-verdict.js';

/** Finds the winner by each reward, among the versions that satisfy all SLOs. */
export function judgeRewards(insights: Insights, rewards: Rewards): RewardOutcome[] {
  const contenders = Array.from({ length: insights.numVersions }, (_, version) => version).filter((version) =>
    satisfiesAll(insights, version),
  );
  const judge = (metric: string, direction: 'max' | 'min'): RewardOutcome => {
    if (contenders.length === 0) return { metric, direction, winner: null, reason: 'no version satisfies all SLOs' };
    const valued = contenders.flatMap((version) => {
      const found = metricValueOf(insights, version, metric);
      return found.kind === 'missing' ? [] : [{ version, value: found.value }];
    });
    const sign = direction === 'max' ? 1 : -1;
    const best = Math.max(...valued.map(({ value }) => sign * value));
    const winners = valued.filter(({ value }) => sign * value === best);
    const [winner] = winners;
    if (winner === undefined) return { metric, direction, winner: null, reason: 'no version has a value' };
    if (winners.length > 1) return { metric, direction, winner: null, reason: 'several versions are equally good' };
    return { metric, direction, winner: winner.version };
  };
  return [...rewards.max.map((metric) => judge(metric, 'max')), ...rewards.min.map((metric) => judge(metric, 'min'))];
}
