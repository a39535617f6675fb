import { certainVerdicts, type CertainVerdicts } from '../assess/load-certainty.js';
import type { LoadPace } from '../load/load-engine.js';
import { slotsOf } from '../load/pacer.js';
import { describeSlo } from '../report/report-content.js';
import type { Insights } from '../result/experiment-result.js';
import { mergeLoads, type LoadSummary } from '../result/load-summary.js';
import { BUILT_IN_GROUP, GRPC_GROUP, parseMetricName } from '../result/metric-name.js';
import type { Rewards } from '../result/reward.js';
import { rewardsOf, slosOf } from '../spec/assess-input.js';
import type { ExperimentSpec } from '../spec/experiment-spec.js';
import { plannedLooksOf } from './planned-looks.js';
import { plannedRequests } from './planned-requests.js';

/** Ends a load as soon as its verdicts are certain. */
export type EarlyEnding = {
  readonly isOver: (load: LoadSummary, underWay: number) => boolean;
  /** The number of requests, over all loops, at which its intervals are narrowest. */
  readonly plannedSizeFor: (load: LoadSummary) => number;
  /** Why it ended after so many requests; undefined when it did not end early. */
  readonly reasonAfter: (requests: number) => string | undefined;
};

type RunningLoad = { readonly version: number; readonly group: string; readonly plan: LoadPace };

/** How a load may end early; undefined if no task has `stop: early` for its metrics. */
export type FindEarlyEnding = (insights: Insights, load: RunningLoad) => EarlyEnding | undefined;

/** How the loads of a task may end early, by the assess tasks after it that say `stop: early`. */
export function earlyEndings(spec: ExperimentSpec, taskIndex: number, plannedByCaller: number): FindEarlyEnding {
  const assessments = spec.tasks
    .slice(taskIndex + 1)
    .flatMap((task) => (task.kind === 'assess' && task.with.stop === 'early' ? [task.with] : []));
  return (insights, { version, group, plan }) => {
    const isOfLoad = (metric: string): boolean => speaksOf(metric, group, Object.keys(insights.loads[version] ?? {}));
    const slos = assessments.flatMap(slosOf).filter(({ metric }) => isOfLoad(metric));
    const rewards = assessments
      .map(rewardsOf)
      .filter(({ winner }) => winner !== 'point' && insights.numVersions > 1)
      .map((each): Rewards => ({ ...each, max: each.max.filter(isOfLoad), min: each.min.filter(isOfLoad) }))
      .filter(({ max, min }) => max.length + min.length > 0);
    if (rewards.length === 0 && !slos.some(({ confidence }) => confidence !== undefined)) return undefined;
    const before = insights.loads[version]?.[group];
    const looks = Math.max(...assessments.map((task) => plannedLooksOf(task, spec, plannedByCaller)));
    const planned = plannedRequests(spec.tasks).get(group)?.[version];
    let plannedSize =
      insights.looks?.plannedSizes[version]?.[group] ??
      before?.earlyEnd?.plannedSize ??
      (planned === undefined ? undefined : planned * looks);
    // Where only the server limits how many requests are sent, the rate up to the first check foretells it.
    const plannedSizeFor = (load: LoadSummary): number =>
      (plannedSize ??= Math.max(1, Math.round(foretold(load, plan) * looks)));
    let found: CertainVerdicts | undefined;
    return {
      plannedSizeFor,
      isOver: (load, underWay) => {
        const judged = { version, group, slos, rewards, plannedSize: plannedSizeFor(load) };
        found = certainVerdicts(insights, judged, before === undefined ? load : mergeLoads(before, load), underWay);
        return found !== undefined;
      },
      reasonAfter: (requests) => {
        if (found === undefined) return undefined;
        const most = slotsOf(plan);
        const of = most === undefined ? '' : ` of ${most.toLocaleString('en-US')}`;
        return `ended after ${requests.toLocaleString('en-US')}${of} requests, since it is certain that ${describe(found)} (stop: early)`;
      },
    };
  };
}

function speaksOf(metric: string, group: string, loaded: readonly string[]): boolean {
  const reference = parseMetricName(metric);
  if (reference.source === 'backend') return false;
  if (reference.group === group) return true;
  // Where only gRPC is loaded, `built-in` is that.
  return reference.group === BUILT_IN_GROUP && group === GRPC_GROUP && !loaded.includes(BUILT_IN_GROUP);
}

function foretold({ requests, seconds }: LoadSummary, { limit }: LoadPace): number {
  if (limit.kind === 'requests') return limit.count;
  return seconds > 0 ? (requests * limit.durationMs) / 1000 / seconds : requests;
}

function describe({ slos, winners }: CertainVerdicts): string {
  return [
    ...slos.map(({ slo, state }) => `${describeSlo(slo)} is ${state}`),
    ...winners.map(({ metric, direction }) => `${direction} ${metric} has a winner`),
  ].join(', ');
}
