import type { Insights } from '../result/experiment-result.js';
import { canonicalMetricName } from '../result/metric-name.js';
import type { Rewards } from '../result/reward.js';
import type { Slo } from '../result/slo.js';
import { compareVersions } from './compare-versions.js';
import { judgeWithLateSends } from './late-sends-verdict.js';
import { judgeRewards } from './rewards.js';
import { judgeSlo } from './slo-verdict.js';

/**
 * Judges all versions: verdicts by SLO and version, winners by reward, comparisons with the first version. Verdicts on other SLOs
 * stand as they are; winners by other rewards are found anew, since none may violate an SLO.
 */
export function assess(insights: Insights, slos: readonly Slo[], rewards: Rewards): Insights {
  const given = new Set(slos.map(identityOf));
  const standing = insights.slos.flatMap((slo, index) =>
    given.has(identityOf(slo)) ? [] : [{ slo, verdicts: insights.verdicts[index] ?? [] }],
  );
  const fresh = slos.map((slo) => ({
    slo,
    verdicts: Array.from({ length: insights.numVersions }, (_, version) =>
      judgeWithLateSends(insights, version, slo, judgeSlo),
    ),
  }));
  const all = [...standing, ...fresh];
  const judged = {
    ...insights,
    slos: all.map(({ slo }) => slo),
    verdicts: all.map(({ verdicts }) => verdicts),
    comparisons: compareVersions(insights),
  };
  return { ...judged, rewards: judgeRewards(judged, withEarlier(rewards, insights.rewards)) };
}

/** Insights of which nothing is decided, as a loop that follows another begins to judge. */
export function withoutDecisions(insights: Insights): Insights {
  return { ...insights, slos: [], verdicts: [], rewards: [], comparisons: [] };
}

function identityOf({ metric, bound, limit, confidence }: Slo): string {
  return JSON.stringify([canonicalMetricName(metric), bound, limit, confidence]);
}

function withEarlier(rewards: Rewards, earlier: Insights['rewards']): Rewards {
  const union = (direction: 'max' | 'min'): readonly string[] => [
    ...new Set([
      ...earlier.filter((outcome) => outcome.direction === direction).map(({ metric }) => metric),
      ...rewards[direction],
    ]),
  ];
  return { max: union('max'), min: union('min') };
}
