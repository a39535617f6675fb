import type { Adjustment, ConfidenceInterval, MoreObservations } from './slo-verdict.js';

/** Metrics by which versions compete: the greatest or the least value wins. */
export type Rewards = {
  readonly max: readonly string[];
  readonly min: readonly string[];
  /** `confident`: only a difference beyond chance wins. `point`: the better estimate wins. Default `confident`. */
  readonly winner?: 'confident' | 'point';
  /** How sure a winner must be, after correction for all comparisons of rewards; 0.95 by default. */
  readonly confidence?: number;
};

/** How the version with the best value differs from another one. */
export type RewardComparison = {
  /** The other version. */
  readonly version: number;
  /** The best version's value less the other's. */
  readonly effect: number;
  readonly interval: ConfidenceInterval;
  readonly pValue: number;
  /** The p value after Holm's correction for all comparisons of rewards. */
  readonly adjustedPValue: number;
  readonly test: string;
  readonly adjustment?: Adjustment;
};

/** Which version wins by one metric. */
export type RewardOutcome = {
  readonly metric: string;
  readonly direction: 'max' | 'min';
  /** The index of the version that wins; null when none does. */
  readonly winner: number | null;
  /** Why none wins, or why one does that was not compared. */
  readonly reason?: string;
  /** How sure the winner is, or would have to be; missing where the better estimate wins. */
  readonly confidence?: number;
  /** The version with the best value, and how it compares with each other. */
  readonly best?: number;
  readonly comparisons?: readonly RewardComparison[];
  /** What would decide it. */
  readonly moreObservations?: MoreObservations;
};
