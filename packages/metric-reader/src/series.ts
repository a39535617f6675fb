import type { CounterRecord, Exemplar, GaugeRecord, MetricRecord, NativeBuckets } from '@redmeter/metric-format';
import type { LabelSet } from './label-set.js';

/** One key with the record under it. */
export interface KeyedRecord<R extends MetricRecord = MetricRecord> {
  readonly key: Uint8Array;
  readonly labels: LabelSet;
  readonly record: R;
}

/** A histogram as it is shown at one moment. */
export interface HistogramView {
  readonly type: 'histogram';
  readonly count: number;
  readonly sum: number;
  /** Undefined for a writer that gives only percentiles. */
  readonly buckets: ClassicBuckets | undefined;
  /** Undefined for a histogram without native buckets. */
  readonly native?: NativeBuckets;
  /** In the order of PERCENTILES; undefined where there is nothing recent to tell them from. */
  readonly percentiles: readonly (number | undefined)[];
  readonly createdMs: number | undefined;
  readonly timestampMs: number | undefined;
  /** The newest, the oldest first; undefined when there are none. */
  readonly exemplars?: readonly Exemplar[];
}

/** Classic buckets of a histogram. */
export interface ClassicBuckets {
  readonly bounds: readonly number[];
  /** Per bucket, not cumulative, one longer than bounds. */
  readonly counts: readonly number[];
  /** Whether they were made of native buckets, as writers have no classic ones; default false. */
  readonly isDerived?: boolean;
}

/** The value of a series: the record of its key, or the merged records of several keys. */
export type SeriesValue = CounterRecord | GaugeRecord | HistogramView;

/** One series of an answer. */
export interface Series {
  readonly labels: LabelSet;
  readonly value: SeriesValue;
}
