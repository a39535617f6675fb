import {
  runExperiment,
  type ExperimentResult,
  type ExperimentSpec,
  type MetricsStore,
  type RunContext,
  type TaskSpec,
} from '@redmeter/experiment';
import type { ReleaseSpec, RolloutSpec } from '../spec/release-spec.js';
import { candidateVerdict } from './candidate-verdict.js';
import type { StepJudge } from './step-judge.js';

/** What the judge reaches the world through. */
export type JudgeContext = Omit<
  RunContext,
  'signal' | 'startTime' | 'plannedLooks' | 'reportProgress' | 'earlierInsights'
> & {
  readonly store: Pick<MetricsStore, 'get' | 'put'>;
};

/**
 * Judges by the tasks of a release, as an experiment that is run again and again within a step, its measurements adding up. What was
 * measured is kept in the store under `release/<application>`, as an ordinary result, so that a step goes on after a crash.
 */
export function experimentJudge(spec: ReleaseSpec, rollout: RolloutSpec, context: JudgeContext): StepJudge {
  const versions = spec.versions.map(({ name }) => name);
  const name = `release/${spec.application}`;
  return {
    async look({ startedAtMs, dueMs }, signal) {
      const { store, ...world } = context;
      const startTime = new Date(startedAtMs).toISOString();
      const stored = await earlierResult(store, name);
      const isOfThisStep = stored?.startTime === startTime && stored.specText === spec.text && !stored.failure;
      const result = await runExperiment(
        experimentOf(spec, rollout, dueMs - context.nowMs()),
        isOfThisStep ? stored : undefined,
        {
          ...world,
          signal,
          startTime,
          plannedLooks: Math.max(2, Math.ceil(rollout.deadlineMs / rollout.intervalMs)),
          reportProgress: () => undefined,
        },
        { onTaskStart: () => undefined, onResult: () => Promise.resolve() },
      );
      signal.throwIfAborted();
      if (!result.failure) await store.put({ name, savedTime: new Date(context.nowMs()).toISOString(), result });
      return candidateVerdict(result, rollout.candidate, versions);
    },
  };
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
