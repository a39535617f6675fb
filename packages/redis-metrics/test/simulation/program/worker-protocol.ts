import type { MergeRules } from '../../reference/merge-reference.js';
import type { Step } from '../plan.js';

/** What a process that runs schedules is asked to do. */
export type WorkerRequest =
  | { readonly kind: 'run'; readonly from: number; readonly schedules: number; readonly rules: MergeRules }
  | {
      readonly kind: 'replay';
      readonly seed: number;
      readonly isShrunk: boolean;
      readonly isTraced: boolean;
      readonly rules: MergeRules;
    };

/** The program's arguments: a real Redis that does the same, whose data are removed, and the merge script for it. */
export interface TwinArguments {
  readonly url: string;
  readonly script: string;
}

/** A schedule that failed. */
export interface Failure {
  readonly seed: number;
  readonly problem: string;
}

/** What came of many schedules. */
export interface RunTotals {
  schedules: number;
  events: number;
  virtualMs: number;
  /** Calls whose replies by the real merge script were compared. */
  compared: number;
  /** How often each kind of step happened. */
  readonly steps: Record<string, number>;
  readonly failures: Failure[];
}

/** What came of one schedule that was run again. */
export interface Replay {
  readonly seed: number;
  readonly problem: string | undefined;
  readonly writers: readonly string[];
  readonly steps: readonly Step[];
  readonly trace: readonly string[];
}

export type WorkerAnswer =
  { readonly kind: 'ran'; readonly totals: RunTotals } | { readonly kind: 'replayed'; readonly replay: Replay };
