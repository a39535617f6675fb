/** One limit for one metric. */
export type Slo = {
  /** The metric by the name the author gave it. */
  readonly metric: string;
  readonly bound: 'upper' | 'lower';
  /** Inclusive. */
  readonly limit: number;
  /** When set, the confidence interval at this level decides, not the point estimate. */
  readonly confidence?: number;
};
