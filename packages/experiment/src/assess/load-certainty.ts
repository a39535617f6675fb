import type { Insights } from '../result/experiment-result.js';
import { fineBucketIndexOf } from '../result/fine-buckets.js';
import { mergeLatencies, NO_LATENCIES, type LatencySummary } from '../result/latency-summary.js';
import { latencyAtMostOf, serviceTimeOf, type LoadSummary } from '../result/load-summary.js';
import type { Rewards } from '../result/reward.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import { isBaselineSlo, type Slo } from '../result/slo.js';
import { certaintyOf } from './is-certain.js';
import { judgeWithLateSends, NEVER_MS } from './late-sends-verdict.js';
import { judgeRewards } from './rewards.js';
import { judgeSloBriefly } from './slo-verdict.js';

/** A load that is judged while it runs, and by what. */
export type JudgedLoad = {
  readonly version: number;
  readonly group: string;
  /** The SLOs and the rewards that speak of it. */
  readonly slos: readonly Slo[];
  readonly rewards: readonly Rewards[];
  /** The number of requests at which intervals are narrowest. */
  readonly plannedSize: number;
};

/** The verdicts that are certain, and that more requests of this load can no longer change. */
export type CertainVerdicts = {
  readonly slos: readonly { readonly slo: Slo; readonly state: SloVerdict['state'] }[];
  readonly winners: readonly { readonly metric: string; readonly direction: 'max' | 'min' }[];
};

const MIN_MS = 0.001;

/**
 * Whether more requests of a load can no longer change the verdicts on it, at the error rate that they state: its version violates an SLO, or
 * satisfies all and the rewards have their winners. Verdicts hold at every look. Requests under way count as the worst and as the best
 * that they may be, and both must give the same: what has ended so far is the faster part of what was sent.
 *
 * @param load What was measured by now, earlier loads of the same group included.
 */
export function certainVerdicts(
  insights: Insights,
  judged: JudgedLoad,
  load: LoadSummary,
  underWay: number,
): CertainVerdicts | undefined {
  const { version, slos, numVersions } = { ...judged, numVersions: insights.numVersions };
  // The others are compared with it: they need its data.
  if (version === 0 && numVersions > 1 && slos.some(isBaselineSlo)) return undefined;
  const cases = (underWay === 0 ? (['worst'] as const) : (['worst', 'best'] as const)).map((end) =>
    verdictsOn(insights, judged, withUnderWay(load, underWay, end)),
  );
  const [first] = cases;
  if (first === undefined || cases.some((each) => each === undefined)) return undefined;
  return cases.every((each) => JSON.stringify(each) === JSON.stringify(first)) ? first : undefined;
}

function verdictsOn(
  insights: Insights,
  { version, group, slos, rewards, plannedSize }: JudgedLoad,
  load: LoadSummary,
): CertainVerdicts | undefined {
  const sizes = insights.loads.map((groups, index) => ({
    ...Object.fromEntries(Object.entries(groups).map(([name, each]) => [name, Math.max(1, each.requests)])),
    ...Object.fromEntries(
      Object.entries(groups).flatMap(([name, { earlyEnd }]) => (earlyEnd ? [[name, earlyEnd.plannedSize]] : [])),
    ),
    ...insights.looks?.plannedSizes[index],
    ...(index === version ? { [group]: plannedSize } : {}),
  }));
  const looking: Insights = {
    ...insights,
    loads: insights.loads.map((groups, index) => (index === version ? { ...groups, [group]: load } : groups)),
    looks: { count: 1, validity: 'every look', earlierOneLooks: 0, plannedSizes: sizes, history: [] },
    slos: [],
    verdicts: [],
  };
  const states = slos.map((slo) => {
    const verdict = judgeWithLateSends(looking, version, slo, judgeSloBriefly);
    return { slo, state: verdict.state, certainty: certaintyOf(slo, verdict) };
  });
  const decided = states.filter(({ certainty }) => certainty === 'violated' || certainty === 'satisfied');
  const certain = decided.map(({ slo, state }) => ({ slo, state }));
  const violated = certain.filter(({ state }) => state === 'violated');
  if (violated.length > 0) return { slos: violated, winners: [] };
  if (states.some(({ certainty }) => certainty === 'open')) return undefined;
  // A winner is known when all versions are.
  if (rewards.length > 0 && version < insights.numVersions - 1) return undefined;
  const outcomes = rewards.flatMap((each) => judgeRewards(looking, each, false));
  if (outcomes.some(({ winner }) => winner === null)) return undefined;
  if (certain.length + outcomes.length === 0) return undefined;
  return { slos: certain, winners: outcomes.map(({ metric, direction }) => ({ metric, direction })) };
}

function withUnderWay(load: LoadSummary, requests: number, end: 'worst' | 'best'): LoadSummary {
  if (requests === 0) return load;
  const latency = latenciesOf(requests, end === 'worst' ? NEVER_MS : MIN_MS);
  return {
    ...load,
    requests: load.requests + requests,
    errors: load.errors + (end === 'worst' ? requests : 0),
    latency: mergeLatencies(load.latency, latency),
    serviceTime: mergeLatencies(serviceTimeOf(load), latency),
    ...(load.latencyAtMost === undefined ? {} : { latencyAtMost: mergeLatencies(latencyAtMostOf(load), latency) }),
  };
}

function latenciesOf(count: number, latencyMs: number): LatencySummary {
  return {
    ...NO_LATENCIES,
    count,
    meanMs: latencyMs,
    minMs: latencyMs,
    maxMs: latencyMs,
    layout: 'fine',
    buckets: [{ index: fineBucketIndexOf(latencyMs), count }],
  };
}
