import type { VersionVerdict } from '@redmeter/experiment';

/** How a rollout goes on from step to step. */
export type RolloutRules = {
  /** The weights of the candidate in percent, rising, the last one 100. */
  readonly steps: readonly number[];
  /** Between looks. */
  readonly intervalMs: number;
  /** How long a step may stay without a verdict. */
  readonly deadlineMs: number;
  readonly onInconclusive: 'hold' | 'rollback';
  readonly onViolation: 'rollback' | 'hold';
};

/**
 * Where a rollout is. `step` is an index of the steps; times are milliseconds since the epoch.
 *
 * - `applying`: the weight of the step is to come into force; until then the one of the step before may be there.
 * - `observing`: it is active, and the step is judged.
 * - `holding`: `weight` is in force and stays until a person decides; a new start goes on with `step`.
 * - `rolling back`, `promoting`: 0 or 100 is to come into force.
 * - `rolled back`, `promoted`: it is in force. The rollout has ended.
 */
export type RolloutState = {
  /** The weight of the latest step that was satisfied; 0 before the first. */
  readonly satisfiedWeight: number;
} & (
  | { readonly phase: 'applying'; readonly step: number }
  | {
      readonly phase: 'observing';
      readonly step: number;
      readonly startedAtMs: number;
      /** When to look next. */
      readonly lookAtMs: number;
      /** Result of the latest look, if it decided nothing. */
      readonly reason?: string | undefined;
    }
  | { readonly phase: 'holding'; readonly step: number; readonly weight: number; readonly reason: string }
  | { readonly phase: 'rolling back' | 'rolled back'; readonly reason: string }
  | {
      readonly phase: 'promoting';
      readonly reason: string;
      /** Where it goes back to when the gateway refuses. */
      readonly step: number;
      readonly weight: number;
    }
  | { readonly phase: 'promoted'; readonly reason: string }
);

/** Result of a look at the current step. */
export type StepVerdict = VersionVerdict;

/** What happens to a rollout. */
export type RolloutEvent = { readonly nowMs: number } & (
  | { readonly kind: 'applied'; readonly weight: number }
  /** The gateway did not take a weight; what was in force still is. */
  | { readonly kind: 'refused'; readonly weight: number; readonly reason: string }
  | { readonly kind: 'looked'; readonly step: number; readonly verdict: StepVerdict }
  | { readonly kind: 'promote' | 'abort'; readonly reason: string }
  /** Someone starts to carry it out, after a crash, an interruption or a hold. */
  | { readonly kind: 'resume' }
);

/** What is to be done next. */
export type RolloutAction =
  | { readonly kind: 'apply'; readonly weight: number }
  /** Measure until then, and judge. */
  | { readonly kind: 'look'; readonly step: number; readonly atMs: number }
  | { readonly kind: 'end' };

/** The state in which a rollout begins. */
export const INITIAL_STATE: RolloutState = { phase: 'applying', step: 0, satisfiedWeight: 0 };

/** The weight of the candidate, in percent, that is to be in force in a state. */
export function wantedWeight(state: RolloutState, { steps }: Pick<RolloutRules, 'steps'>): number {
  switch (state.phase) {
    case 'applying':
    case 'observing':
      return steps[state.step] ?? 0;
    case 'holding':
      return state.weight;
    case 'rolling back':
    case 'rolled back':
      return 0;
    case 'promoting':
    case 'promoted':
      return 100;
  }
}

/** Whether nothing is left to be done. */
export function hasEnded({ phase }: RolloutState): boolean {
  return phase === 'rolled back' || phase === 'promoted';
}
