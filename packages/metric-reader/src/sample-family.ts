import type { MetricType } from '@redmeter/metric-format';
import type { LabelSet } from './label-set.js';

/** One sample of an answer. */
export interface Sample {
  /** The family's name, for histograms with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: LabelSet;
  /** The upper bound of a bucket as the label `le`, `5.0` or `+Inf`; it comes after the other labels. */
  readonly le: string | undefined;
  readonly value: number;
}

/** A metric as it is shown: its header and its samples, in the order in which they are shown. */
export interface SampleFamily {
  readonly name: string;
  readonly type: MetricType;
  /** Not escaped. */
  readonly help: string;
  /** At least one. */
  readonly samples: readonly Sample[];
}
