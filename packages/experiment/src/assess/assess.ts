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
 * other SLOs stand as they are; winners by other rewards are found again, since none may violate an SLO. A new look decides again.
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
  const standing = standingVerdicts(checked, slos);
  const fresh = slos.map((slo) =>
    Array.from({ length: checked.numVersions }, (_, version) => judgeWithLateSends(checked, version, slo, judgeSlo)),
  );
  const judged = {
    ...checked,
    slos: withSlos(standing.slos, slos),
    verdicts: standing.verdicts.concat(fresh),
    comparisons: compareVersions(checked),
  };
  const decided = { ...judged, rewards: judgeAllRewards(judged, rewards) };
  // What stands is noted already, unless some of it was judged again.
  const noted =
    options.isNewLook !== true && standing.slos === before.slos ? insights.looks?.history.at(-1) : undefined;
  return { ...decided, looks: withVerdictsNoted(looks, decided, noted) };
}

/** Insights of which nothing is decided, as a look that follows another begins to judge. */
export function withoutDecisions(insights: Insights): Insights {
  return { ...insights, slos: [], verdicts: [], rewards: [], comparisons: [], checks: [] };
}

// An experiment may judge in thousands of tasks, each of which must not look at all SLOs before it. Lists of SLOs never change, so what was
// found of one holds; a list that is another one with more at its end takes its index over.
const indices = new WeakMap<readonly Slo[], Set<string>>();

function indexOf(slos: readonly Slo[]): Set<string> {
  const known = indices.get(slos) ?? new Set(slos.map(identityOf));
  indices.set(slos, known);
  return known;
}

function withSlos(standing: readonly Slo[], fresh: readonly Slo[]): readonly Slo[] {
  const all = standing.concat(fresh);
  const index = indexOf(standing);
  indices.delete(standing);
  for (const slo of fresh) index.add(identityOf(slo));
  indices.set(all, index);
  return all;
}

/** The verdicts on other SLOs than these. */
function standingVerdicts({ slos, verdicts }: Insights, fresh: readonly Slo[]): Pick<Insights, 'slos' | 'verdicts'> {
  const index = indexOf(slos);
  const given = new Set(fresh.map(identityOf));
  if ([...given].every((identity) => !index.has(identity))) return { slos, verdicts };
  const isStanding = slos.map((slo) => !given.has(identityOf(slo)));
  return {
    slos: slos.filter((_, position) => isStanding[position]),
    verdicts: verdicts.filter((_, position) => isStanding[position]),
  };
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
