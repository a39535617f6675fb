import {
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
import { markStep } from './step-marks.js';
import type { StepJudge } from './step-judge.js';

/** Dependencies of the judge. */
export type JudgeContext = Omit<
  RunContext,
  'signal' | 'startTime' | 'plannedLooks' | 'reportProgress' | 'earlierInsights' | 'since'
> & {
  readonly store: Pick<MetricsStore, 'get' | 'put' | 'mark' | 'readMark' | 'writeMark'>;
  /** The plan before the rollout. */
  readonly plan: TrafficPlan;
};

/**
 * Judges by the tasks of a release, as an experiment that is run again and again within a step, each time about all of the step: loads add
 * up, back ends are asked for more of the same time. What was measured is kept in the store under `release/<application>`, as an ordinary
 * result, so that a step goes on after a crash. So are marks of what A/B/n and Redis had when the step began: that does not count.
 */
export function experimentJudge(spec: ReleaseSpec, rollout: RolloutSpec, context: JudgeContext): StepJudge {
  const versions = spec.versions.map(({ name }) => name);
  const name = `release/${spec.application}`;
  return {
    async look({ step, startedAtMs, dueMs }, signal) {
      const { store, plan, ...world } = context;
      const startTime = new Date(startedAtMs).toISOString();
      const marked = await markStep(
        { text: spec.text, dialect: 'list', tasks: rollout.judge },
        { application: spec.application, name, id: startTime, dueMs },
        { ...world, store, signal },
      );
      if (marked.kind === 'failed') return { kind: 'missing', reason: marked.reason };
      const stored = await earlierResult(store, name);
      const isOfThisStep = stored?.startTime === startTime && stored.specText === spec.text && !stored.failure;
      const result = await runExperiment(
        experimentOf(spec, rollout, dueMs - context.nowMs()),
        isOfThisStep ? stored : undefined,
        {
          ...world,
          signal,
          startTime,
          since: {
            timeMs: startedAtMs,
            abnMark: name,
            redisMarks: marked.marks,
            shares: sharesAt(plan, rollout, step),
          },
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

/** How users are split during a step, by version. */
function sharesAt(plan: TrafficPlan, { candidate, steps }: RolloutSpec, step: number): Record<string, number> {
  const { versions } = withCandidateShare(plan, candidate, shareOf(steps[step] ?? 0));
  return Object.fromEntries(versions.map(({ name, share }) => [name, share]));
}

// The stored result is not one of ours: measure the step again.
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
