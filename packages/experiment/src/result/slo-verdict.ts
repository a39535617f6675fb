/** The interval behind a verdict; a missing `high` means no upper bound. */
export type VerdictInterval = {
  readonly low: number;
  readonly high?: number;
  readonly level: number;
  readonly method: string;
};

/** Whether a version satisfies an SLO. */
export type SloVerdict = {
  readonly state: 'satisfied' | 'violated' | 'inconclusive';
  /** The point estimate; missing when there is none. */
  readonly value?: number;
  readonly interval?: VerdictInterval;
  /** Why it is inconclusive. */
  readonly reason?: string;
  /** What to know about a verdict that rests on few observations. */
  readonly warning?: string;
};
