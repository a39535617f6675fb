import type { Histogram } from './histogram.js';
import type { PairedMoments, SampleMoments } from './sample-moments.js';

/** A value of each user from before the experiment, beside the metric's own. */
export type Covariate = {
  /** The metric it comes from. */
  readonly metric: string;
  /** Of the users that have both; the covariate is the other value. */
  readonly pairs: PairedMoments;
  /** Of the users without a covariate. */
  readonly without: SampleMoments;
};

/** The independent observations behind a metric of a back end, as far as a verdict needs them. */
export type MetricSample =
  | (SampleMoments & { readonly kind: 'mean'; readonly covariate?: Covariate })
  /** A sum over users divided by another one. */
  | { readonly kind: 'ratio'; readonly pairs: PairedMoments }
  | { readonly kind: 'proportion'; readonly successes: number; readonly trials: number }
  | { readonly kind: 'events'; readonly events: number; readonly seconds: number }
  | ({ readonly kind: 'histogram' } & Histogram);
