import type { CounterRecord, GaugeRecord, MetricRecord } from '@redmeter/metric-format';
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
  /** Undefined for a writer that gives only percentiles. Counts per bucket, not cumulative, one longer than bounds. */
  readonly buckets: { readonly bounds: readonly number[]; readonly counts: readonly number[] } | undefined;
  /** In the order of PERCENTILES; undefined where there is nothing recent to tell them from. */
  readonly percentiles: readonly (number | undefined)[];
  readonly createdMs: number | undefined;
  readonly timestampMs: number | undefined;
}

/** The value of a series: the record of its key, or the merged records of several keys. */
export type SeriesValue = CounterRecord | GaugeRecord | HistogramView;

/** One series of an answer. */
export interface Series {
  readonly labels: LabelSet;
  readonly value: SeriesValue;
}
