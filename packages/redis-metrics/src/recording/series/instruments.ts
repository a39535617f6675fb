import type { GaugeMode, SparseBuckets } from '@redmeter/metric-format';
import type { ExemplarLabels } from './exemplars.js';

/** The value of a label; numbers and booleans are converted with `String`. */
export type LabelValue = string | number | boolean;

/** Labels of a series; an empty value means no label. */
export type Labels<Name extends string = string> = Readonly<Partial<Record<Name, LabelValue>>>;

/** One counter series. Recording through it needs no lookup and no allocation. */
export interface Counter {
  /**
   * Adds `value`, at least 0, default 1; 0 makes the series visible before its first event.
   * @param exemplar labels of an exemplar, e.g. `{ trace_id: '…' }`; default those of the service's `exemplarSource`
   */
  inc(value?: number, exemplar?: ExemplarLabels): void;
}

/** One gauge series; the mode of the gauge defines how the values of several processes are combined. */
export interface Gauge {
  /** Sets the value; NaN and the infinities are allowed. In mode `sum` it is dropped as `mode_conflict`. */
  set(value: number): void;
  /**
   * Adds to the last value of this process, initially 0; in mode `sum`, to the value in Redis, where the sum of all processes must stay
   * finite. Default 1.
   */
  inc(value?: number): void;
  /** Subtracts, like `inc`. Default 1. */
  dec(value?: number): void;
  /**
   * Marks the series as in use, so that it is not released as idle (`idleTtlSeconds`). It is not a recording, and does not replace a value
   * that another process has set.
   */
  touch(): void;
}

/** Counts of observations by bucket. */
export interface CountedObservations {
  /** Upper bounds, ascending, finite. */
  readonly bounds: readonly number[];
  /** Number of observations in each bucket, not cumulative; one longer than `bounds`: the last is +Inf. */
  readonly counts: readonly number[];
  /** The sum of the values observed. */
  readonly sum: number;
}

/**
 * Observations counted in the buckets of a native histogram, with indexes as Prometheus has them: bucket i holds (base^(i-1), base^i],
 * base = 2^(2^-schema). OpenTelemetry's scale is the schema; its indexes are one lower.
 */
export interface NativeObservations {
  /** -4 to 8; up to 20, which are lowered to 8. */
  readonly schema: number;
  /** Values up to this one, without their sign, are counted as zeros; finite, at least 0. Default 2^-128. */
  readonly zeroThreshold?: number;
  /** Number of zeros. Default 0. */
  readonly zeroCount?: number;
  /** Buckets of positive values. Default none. */
  readonly positive?: SparseBuckets;
  /** Buckets of negative values, by the index of the value without its sign. Default none. */
  readonly negative?: SparseBuckets;
  /** The sum of the values observed. */
  readonly sum: number;
}

/** One histogram series. Recording through it needs no lookup and no allocation. */
export interface Histogram {
  /**
   * Records one finite value, in the unit of the metric.
   * @param exemplar labels of an exemplar, e.g. `{ trace_id: '…' }`; default those of the service's `exemplarSource`
   */
  observe(value: number, exemplar?: ExemplarLabels): void;
  /**
   * Adds observations that were counted elsewhere, as one recording. An observation of which only a bucket of the other form is known is
   * counted in the bucket that holds the upper bound of that. If both have bounds and they differ, it is dropped as `bounds_changed`.
   */
  merge(observations: CountedObservations | NativeObservations): void;
  /**
   * Starts a timer.
   * @returns a function that observes the elapsed time and returns it: in seconds when the metric's unit is `seconds`, else in milliseconds
   */
  startTimer(): (exemplar?: ExemplarLabels) => number;
}

/** All series of one metric name. */
export interface Family<Instrument, LabelName extends string = string> {
  readonly name: string;
  /**
   * The series with these labels; keep the handle if you use it often. While you hold it, the series does not expire. A declared label that
   * is missing counts as empty, which Prometheus treats as absent. Recordings with a value `undefined` are dropped as
   * `invalid_label_value`, since that is nearly always an error.
   */
  labels(labels?: Labels<LabelName>): Instrument;
  /**
   * Removes the series with these labels from this process, and from Redis with the next flush. Pending recordings are dropped as
   * `removed`. When any process records it again, it starts a new count.
   */
  remove(labels?: Labels<LabelName>): void;
  /**
   * Removes all series with at least these labels, including those of other processes. An empty value means that a series must not have the
   * label. For a gauge of mode `process`, each process removes only its own.
   */
  removeMatching(labels: Labels<LabelName>): void;
  /** Removes all series of the metric, as `removeMatching` does. */
  clear(): void;
}

/** The declaration of a counter; other metrics have more fields. */
export interface CounterDefinition<LabelName extends string = string> {
  /** UTF-8, not empty, without NUL: `jobs_total`, or `http.server.request.duration` as OpenTelemetry has it. */
  readonly name: string;
  /** One line that describes the metric. */
  readonly help?: string;
  /** The unit as a suffix of the name, e.g. `ms` or `seconds`. */
  readonly unit?: string;
  /** The names of its labels, at most ten; default none. */
  readonly labelNames?: readonly LabelName[];
  /**
   * Maximum number of series of the metric in this process, at least 1; recordings beyond it are dropped as `series_limit`. Default: the
   * service's `maxSeriesPerFamily`.
   */
  readonly maxSeries?: number;
}

/** The declaration of a gauge. */
export interface GaugeDefinition<LabelName extends string = string> extends CounterDefinition<LabelName> {
  /**
   * How the values of several processes are combined. It must be the same in all of them, otherwise recordings are dropped as
   * `mode_conflict`. Default: the mode of an earlier declaration, else `last`.
   *
   * - `last`: the value with the latest time of setting wins. For a value that is the same whichever process measures it.
   * - `process`: each process has its own series, with a label `process` that the library adds (the service's `writerId`), so at most nine
   *   other labels are possible. It expires three flush intervals after the process ended. For memory, queues, anything inside a process.
   * - `sum`: `inc` and `dec` of all processes are added, each exactly once. For what starts in one process and may end in another. What a
   *   process added stays after it ends.
   */
  readonly mode?: GaugeMode;
  /** Called before each flush to set the gauge; a flush waits for its promise for at most one second. */
  readonly collect?: (gauge: Family<Gauge, LabelName>) => void | Promise<void>;
}

/** The declaration of a histogram. */
export interface HistogramDefinition<LabelName extends string = string> extends CounterDefinition<LabelName> {
  /**
   * Upper bounds, ascending, finite, 1 to 200; +Inf is implied. Or `native` for a native histogram, whose buckets are exponential and need
   * no bounds. Default: the service's `defaultBuckets`.
   */
  readonly buckets?: readonly number[] | 'native';
  /** Of a native histogram: its resolution, -4 to 8; a bucket ends at 2^(2^-schema) times its beginning. Default 3, which is 9 %. */
  readonly schema?: number;
  /**
   * Of a native histogram: the number of buckets, 1 to 500, above which the schema is lowered. Zeros have a bucket that is not counted. At
   * schema -4, which is not lowered, there may be more: up to 264. Default 160.
   */
  readonly maxBuckets?: number;
  /** Of a native histogram: values up to this one, without their sign, count as 0; finite, at least 0. Default 2^-128. */
  readonly zeroThreshold?: number;
  /** Of a native histogram: bounds of classic buckets to keep beside the native ones, for what cannot read those. Default none. */
  readonly classicBuckets?: readonly number[];
}
