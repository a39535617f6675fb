import type { StepVerdict } from '../rollout/rollout-state.js';

/** The step that is judged. */
type StepToJudge = {
  readonly step: number;
  /** When it came into force, in milliseconds since the epoch: another time is another attempt. */
  readonly startedAtMs: number;
  /** When the verdict is due; until then it measures. */
  readonly dueMs: number;
};

/** Measures the versions during a step, and judges the candidate by all that the step has shown so far. */
export type StepJudge = {
  /** Never rejects for what cannot be measured: then data are missing. Rejects when `signal` is aborted. */
  look(step: StepToJudge, signal: AbortSignal): Promise<StepVerdict>;
};
