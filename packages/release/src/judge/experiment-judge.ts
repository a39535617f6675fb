import {
  ExperimentError,
  runExperiment,
  type ExperimentResult,
  type ExperimentSpec,
  type MetricsStore,
  type RunContext,
  type TaskSpec,
} from '@redmeter/experiment';
import { withCandidateShare } from '../plan/candidate-share.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';
import { shareOf } from '../spec/share.js';
import type { ReleaseSpec, RolloutSpec } from '../spec/release-spec.js';
import { candidateVerdict } from './candidate-verdict.js';
import type { StepJudge } from './step-judge.js';

/** What the judge reaches the world through. */
export type JudgeContext = Omit<
  RunContext,
  'signal' | 'startTime' | 'plannedLooks' | 'reportProgress' | 'earlierInsights' | 'since'
> & {
  readonly store: Pick<MetricsStore, 'get' | 'put' | 'mark'>;
  /** The plan before the rollout. */
  readonly plan: TrafficPlan;
};

/**
 * Judges by the tasks of a release, as an experiment that is run again and again within a step, its measurements adding up. What was
 * measured is kept in the store under `release/<application>`, as an ordinary result, so that a step goes on after a crash. So is a mark
 * of what users and values A/B/n had when the step began: they do not count.
 */
export function experimentJudge(spec: ReleaseSpec, rollout: RolloutSpec, context: JudgeContext): StepJudge {
  const versions = spec.versions.map(({ name }) => name);
  const name = `release/${spec.application}`;
  return {
    async look({ step, startedAtMs, dueMs }, signal) {
      const { store, plan, ...world } = context;
      const startTime = new Date(startedAtMs).toISOString();
      const unmarked = await markApplications(rollout, { store, name, id: startTime });
      if (unmarked !== undefined) return { kind: 'missing', reason: unmarked };
      const stored = await earlierResult(store, name);
      const isOfThisStep = stored?.startTime === startTime && stored.specText === spec.text && !stored.failure;
      const result = await runExperiment(
        experimentOf(spec, rollout, dueMs - context.nowMs()),
        isOfThisStep ? stored : undefined,
        {
          ...world,
          signal,
          startTime,
          since: { timeMs: startedAtMs, abnMark: name, shares: sharesAt(plan, rollout, step) },
          plannedLooks: plannedLooksOf(rollout),
          reportProgress: () => undefined,
        },
        { onTaskStart: () => undefined, onResult: () => Promise.resolve() },
      );
      signal.throwIfAborted();
      if (!result.failure) await store.put({ name, savedTime: new Date(context.nowMs()).toISOString(), result });
      return candidateVerdict(result, rollout.candidate, versions, rollout.steps[step] === 100);
    },
  };
}

// Most steps are decided long before their deadline: intervals are narrowest where the verdict is expected.
const MAX_PLANNED_LOOKS = 20;

function plannedLooksOf({ deadlineMs, intervalMs }: RolloutSpec): number {
  return Math.min(MAX_PLANNED_LOOKS, Math.max(2, Math.ceil(deadlineMs / intervalMs)));
}

/** Marks the applications whose A/B/n metrics are judged, if the step has just begun; why it could not. */
async function markApplications(
  { judge }: RolloutSpec,
  { store, name, id }: { readonly store: Pick<MetricsStore, 'mark'>; readonly name: string; readonly id: string },
): Promise<string | undefined> {
  const applications = judge.flatMap((task) => (task.kind === 'abn-metrics' ? [task.with.application] : []));
  try {
    for (const application of new Set(applications)) await store.mark(application, name, id);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return error.message;
  }
}

/** How users are split during a step, by version. */
function sharesAt(plan: TrafficPlan, { candidate, steps }: RolloutSpec, step: number): Record<string, number> {
  const { versions } = withCandidateShare(plan, candidate, shareOf(steps[step] ?? 0));
  return Object.fromEntries(versions.map(({ name, share }) => [name, share]));
}

// What something else put there is none of ours: the step is measured anew.
async function earlierResult(store: JudgeContext['store'], name: string): Promise<ExperimentResult | undefined> {
  try {
    return (await store.get(name))?.result;
  } catch {
    return undefined;
  }
}

// The time until the verdict is due belongs to the run, so that what is recorded meanwhile counts.
function experimentOf(spec: ReleaseSpec, { judge }: RolloutSpec, waitMs: number): ExperimentSpec {
  const wait: TaskSpec = { kind: 'run', name: 'run', script: `exec sleep ${Math.max(0, waitMs / 1000).toFixed(3)}` };
  return { text: spec.text, dialect: 'list', tasks: [wait, ...judge] };
}
