/** Metrics by which versions compete: the greatest or the least value wins. */
export type Rewards = { readonly max: readonly string[]; readonly min: readonly string[] };

/** Which version wins by one metric. */
export type RewardOutcome = {
  readonly metric: string;
  readonly direction: 'max' | 'min';
  /** The index of the version that wins; null when none does. */
  readonly winner: number | null;
  /** Why none wins. */
  readonly reason?: string;
};
