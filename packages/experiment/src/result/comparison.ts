import type { Adjustment, ConfidenceInterval } from './slo-verdict.js';

/** How one version differs from the first by one metric. */
export type Comparison = {
  /** The metric, with its group: `built-in/mean-latency`; `built-in/latency` is the whole distribution. */
  readonly metric: string;
  readonly version: number;
  readonly baseline: number;
  /** What `effect` is: the version less the baseline, or the probability that the version is the slower. */
  readonly measure: 'difference' | 'superiority';
  readonly effect: number;
  /** The interval of the effect, where the method gives one. */
  readonly interval?: ConfidenceInterval;
  /** The effect in standard deviations (Hedges' g). */
  readonly standardizedEffect?: number;
  readonly test: 'Welch' | 'Mann–Whitney' | 'Fisher exact' | 'order statistics' | 'delta method' | 'binomial';
  readonly pValue: number;
  /** The p value after Holm's correction for all comparisons of the experiment. */
  readonly adjustedPValue: number;
  readonly adjustment?: Adjustment;
};
