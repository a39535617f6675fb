import type { Insights } from '../result/experiment-result.js';
import { versionLabel } from '../result/experiment-result.js';
import { metricValueOf } from '../result/metric-value.js';
import type { RewardComparison, RewardOutcome, Rewards } from '../result/reward.js';
import type { MoreObservations } from '../result/slo-verdict.js';
import { failedCheckOf } from './data-checks.js';
import { evidenceDifference, plannedShare } from './evidence/evidence-difference.js';
import { evidenceOf, type Evidence } from './evidence/evidence.js';
import { scaledEvidence } from './evidence/scaled-evidence.js';
import { moreObservations } from './more-observations.js';
import { plannedSizeOf } from './planned-size.js';
import { bestByEstimate } from './point-reward.js';
import { satisfiesAll } from './slo-verdict.js';
import { holmAdjusted } from './statistics/holm.js';
import { confidenceInterval } from './confidence-interval.js';

const DEFAULT_CONFIDENCE = 0.95;

type Direction = RewardOutcome['direction'];

/** A version that may win, by its value. */
type Contender = { readonly version: number; readonly value: number; readonly evidence: Evidence };

/** A reward before the correction for several comparisons: settled already, or with the comparisons that will settle it. */
type OpenReward = {
  readonly metric: string;
  readonly direction: Direction;
  readonly best: Contender;
  readonly compared: readonly {
    readonly contender: Contender;
    readonly share: number | undefined;
    readonly comparison: Omit<RewardComparison, 'adjustedPValue'>;
  }[];
};

/**
 * Finds the winner by each reward: the version that satisfies all SLOs and is better than every other one that may still do so, by a
 * difference beyond chance at the stated confidence after Holm's correction over all versions and rewards. With `winner: point` the
 * better estimate wins.
 */
export function judgeRewards(insights: Insights, rewards: Rewards, tellsWhatDecides = true): RewardOutcome[] {
  const asked = [
    ...rewards.max.map((metric) => ({ metric, direction: 'max' as const })),
    ...rewards.min.map((metric) => ({ metric, direction: 'min' as const })),
  ];
  if (rewards.winner === 'point') {
    return asked.map(({ metric, direction }) => bestByEstimate(insights, metric, direction));
  }
  const confidence = rewards.confidence ?? DEFAULT_CONFIDENCE;
  const opened = asked.map(({ metric, direction }) => openReward(insights, metric, direction, confidence));
  const pValues = opened.flatMap((each) =>
    'compared' in each ? each.compared.map(({ comparison }) => comparison.pValue) : [],
  );
  const adjusted = holmAdjusted(pValues);
  let next = 0;
  return opened.map((each) => {
    if (!('compared' in each)) return each;
    const comparisons = each.compared.map(({ comparison }) => ({
      ...comparison,
      adjustedPValue: adjusted[next++] ?? 1,
    }));
    return settle(insights, each, comparisons, confidence, tellsWhatDecides ? pValues.length : undefined);
  });
}

function openReward(
  insights: Insights,
  metric: string,
  direction: Direction,
  confidence: number,
): OpenReward | RewardOutcome {
  const none = (reason: string): RewardOutcome => ({ metric, direction, winner: null, reason, confidence });
  const failed = failedCheckOf(insights, metric);
  if (failed !== undefined) return none(failed);
  const versions = Array.from({ length: insights.numVersions }, (_, version) => version);
  // What may still turn out to satisfy all SLOs must be beaten too.
  const possible = versions.filter((version) => !violatesAny(insights, version));
  const able = possible.filter((version) => satisfiesAll(insights, version));
  if (able.length === 0) return none('no version satisfies all SLOs');
  const contenders = possible.flatMap((version): Contender[] => {
    const found = metricValueOf(insights, version, metric);
    return found.kind === 'missing' ? [] : [{ version, value: found.value, evidence: evidenceOf(found) }];
  });
  const sign = direction === 'max' ? 1 : -1;
  const [best, ...others] = contenders.sort((a, b) => sign * (b.value - a.value));
  if (best === undefined) return none('no version has a value');
  if (!satisfiesAll(insights, best.version)) {
    const label = versionLabel(insights, best.version);
    return {
      ...none(`${label} has the best value, but it is not certain that it satisfies all SLOs`),
      best: best.version,
    };
  }
  if (possible.length === 1 && versions.length > 1) {
    return { metric, direction, winner: best.version, reason: 'the only version that violates no SLO', confidence };
  }
  if (others.length === 0) return { ...none('no other version has a value to compare with'), best: best.version };
  const compared: OpenReward['compared'][number][] = [];
  for (const contender of others) {
    const share = shareOf(insights, metric, best, contender);
    const found = evidenceDifference(best.evidence, contender.evidence, confidence, share);
    if (found.kind === 'untested') {
      return { ...none(`the difference cannot be tested: ${found.reason}`), best: best.version };
    }
    const { effect, interval, pValue, test, adjustment } = found;
    compared.push({
      contender,
      share,
      comparison: {
        version: contender.version,
        effect,
        interval: confidenceInterval(interval, confidence, share !== undefined),
        pValue,
        test,
        ...(adjustment === undefined ? {} : { adjustment }),
      },
    });
  }
  return { metric, direction, best, compared };
}

function settle(
  insights: Insights,
  { metric, direction, best, compared }: OpenReward,
  comparisons: readonly RewardComparison[],
  confidence: number,
  tests: number | undefined,
): RewardOutcome {
  const outcome = { metric, direction, confidence, best: best.version, comparisons };
  const open = compared.filter((_, index) => (comparisons[index]?.adjustedPValue ?? 1) > 1 - confidence);
  if (open.length === 0) return { ...outcome, winner: best.version };
  if (tests === undefined) return { ...outcome, winner: null };
  const names = open.map(({ contender }) => versionLabel(insights, contender.version)).join(' and ');
  const needed = open.map(({ contender, share }) =>
    // These tests share the error rate by Bonferroni, which is slightly stricter than Holm.
    neededFor(best.evidence, contender.evidence, 1 - (1 - confidence) / tests, share),
  );
  const most = needed.every((each): each is MoreObservations => each !== undefined)
    ? needed.reduce((a, b) => (a.count >= b.count ? a : b))
    : undefined;
  return {
    ...outcome,
    winner: null,
    reason: `the difference to ${names} may be chance`,
    ...(most === undefined ? {} : { moreObservations: most }),
  };
}

function neededFor(
  one: Evidence,
  other: Evidence,
  level: number,
  share: number | undefined,
): MoreObservations | undefined {
  const fewest = one.observations <= other.observations ? one : other;
  return moreObservations(fewest, level, share, (factor, nominal) => {
    const then = evidenceDifference(scaledEvidence(one, factor), scaledEvidence(other, factor), nominal, undefined);
    return then.kind === 'tested' && (then.interval.low > 0 || then.interval.high < 0);
  });
}

function shareOf(insights: Insights, metric: string, one: Contender, other: Contender): number | undefined {
  const sizeOf = ({ version }: Contender) => {
    const found = metricValueOf(insights, version, metric);
    return found.kind === 'missing' ? undefined : plannedSizeOf(insights, version, found);
  };
  return plannedShare(one.evidence, other.evidence, [sizeOf(one), sizeOf(other)]);
}

function violatesAny({ verdicts }: Insights, version: number): boolean {
  return verdicts.some((byVersion) => byVersion[version]?.state === 'violated');
}
