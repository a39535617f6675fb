/** A confidence interval; an end that is missing has no bound. */
export type ConfidenceInterval = {
  readonly low?: number;
  readonly high?: number;
  readonly level: number;
  /** Whether it holds at every look, however often the verdict is computed; else at one look. */
  readonly isForEveryLook?: true;
};

/** The interval behind a verdict, and how it was found. */
export type VerdictInterval = ConfidenceInterval & { readonly method: string };

/** How many more observations of each version would decide, with a probability of 80 %, if the estimate stays as it is. */
export type MoreObservations = { readonly count: number; readonly unit: string };

/** How much of the variance between users a value from before the experiment explains. */
export type Adjustment = { readonly covariate: string; readonly varianceExplained: number };

/** Whether a version satisfies an SLO. */
export type SloVerdict = {
  readonly state: 'satisfied' | 'violated' | 'inconclusive';
  /** The point estimate; missing when there is none. */
  readonly value?: number;
  /** Of an SLO against the baseline: how much greater the value is than the first version's, as a share of it for a relative margin. */
  readonly change?: number;
  /** Of the value, or of the change where there is one. */
  readonly interval?: VerdictInterval;
  /** Why it is inconclusive. */
  readonly reason?: string;
  /** A warning about a verdict that is based on few observations. */
  readonly warning?: string;
  /** Of an inconclusive verdict: what would decide it. */
  readonly moreObservations?: MoreObservations;
  readonly adjustment?: Adjustment;
};
