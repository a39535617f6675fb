import type { Insights } from '../result/experiment-result.js';
import { canonicalMetricName } from '../result/metric-name.js';
import type { Rewards } from '../result/reward.js';
import { isBaselineSlo, type Slo } from '../result/slo.js';
import { compareVersions } from './compare-versions.js';
import { checkData } from './data-checks.js';
import { judgeWithLateSends } from './late-sends-verdict.js';
import { withLook, withVerdictsNoted, type LookOptions } from './looks.js';
import { judgeRewards } from './rewards.js';
import { judgeSlo } from './slo-verdict.js';

/**
 * Judges all versions: verdicts by SLO and version, winners by reward, comparisons with the first version. Within one look, verdicts on
 * other SLOs stand as they are; winners by other rewards are found anew, since none may violate an SLO. A new look decides anew.
 */
export function assess(
  insights: Insights,
  slos: readonly Slo[],
  rewards: Rewards,
  options: LookOptions = {},
): Insights {
  const looks = withLook(insights, options);
  const before = options.isNewLook === true ? withoutDecisions(insights) : insights;
  const looking = { ...before, looks };
  const checked = { ...looking, checks: checkData(looking) };
  const given = new Set(slos.map(identityOf));
  const standing = checked.slos.flatMap((slo, index) =>
    given.has(identityOf(slo)) ? [] : [{ slo, verdicts: checked.verdicts[index] ?? [] }],
  );
  const fresh = slos.map((slo) => ({
    slo,
    verdicts: Array.from({ length: checked.numVersions }, (_, version) =>
      judgeWithLateSends(checked, version, slo, judgeSlo),
    ),
  }));
  const all = [...standing, ...fresh];
  const judged = {
    ...checked,
    slos: all.map(({ slo }) => slo),
    verdicts: all.map(({ verdicts }) => verdicts),
    comparisons: compareVersions(checked),
  };
  const decided = { ...judged, rewards: judgeAllRewards(judged, rewards) };
  return { ...decided, looks: withVerdictsNoted(looks, decided) };
}

/** Insights of which nothing is decided, as a look that follows another begins to judge. */
export function withoutDecisions(insights: Insights): Insights {
  return { ...insights, slos: [], verdicts: [], rewards: [], comparisons: [], checks: [] };
}

function identityOf(slo: Slo): string {
  const { metric, bound, confidence } = slo;
  return JSON.stringify([canonicalMetricName(metric), bound, isBaselineSlo(slo) ? slo.margin : slo.limit, confidence]);
}

// Each reward that was given keeps the way in which its winner is found; the correction covers all that are found in the same way.
function judgeAllRewards(judged: Insights, given: Rewards): Insights['rewards'] {
  const earlier = judged.rewards.filter(({ metric, direction }) => !given[direction].includes(metric));
  const wayOf = ({ winner = 'confident', confidence = 0.95 }: Pick<Rewards, 'winner' | 'confidence'>): string =>
    winner === 'point' ? winner : String(confidence);
  const groups = new Map<string, Rewards>();
  const add = (rewards: Rewards): void => {
    const way = wayOf(rewards);
    const before = groups.get(way) ?? { max: [], min: [] };
    groups.set(way, {
      ...rewards,
      max: [...before.max, ...rewards.max],
      min: [...before.min, ...rewards.min],
    });
  };
  for (const { metric, direction, confidence } of earlier) {
    const way = confidence === undefined ? { winner: 'point' as const } : { confidence };
    add({ max: [], min: [], ...way, [direction]: [metric] });
  }
  add(given);
  return [...groups.values()].flatMap((rewards) => judgeRewards(judged, rewards));
}
