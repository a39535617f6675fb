import type { GaugeMode } from '@redmeter/metric-format';

/** What a label value is given as; numbers and booleans are written as JavaScript writes them. */
export type LabelValue = string | number | boolean;

/** Labels of a series; an empty value means no label. */
export type Labels<Name extends string = string> = Readonly<Partial<Record<Name, LabelValue>>>;

/** One counter series. Recording through it looks nothing up and allocates nothing. */
export interface Counter {
  /** Adds `value`, at least 0, default 1; 0 makes the series visible before its first event. */
  inc(value?: number): void;
}

/** One gauge series; how the values of several processes become one is the mode of the gauge. */
export interface Gauge {
  /** Sets the value; NaN and the infinities are allowed. In mode `sum` it is dropped as `mode_conflict`. */
  set(value: number): void;
  /**
   * Adds to the value that this process set last, 0 at first; in mode `sum`, to the value in Redis, where what all processes add
   * is finite. Default 1.
   */
  inc(value?: number): void;
  /** Subtracts, as `inc` adds. Default 1. */
  dec(value?: number): void;
  /**
   * Says that the value still is what it was, so that the series is not let go as idle (`idleTtlSeconds`): no recording, and what
   * another process has set since stands.
   */
  touch(): void;
}

/** Observations, counted by bucket. */
export interface CountedObservations {
  /** Upper bounds, ascending, finite. */
  readonly bounds: readonly number[];
  /** Observations in each bucket, not cumulative, one longer than `bounds`: the last is +Inf. */
  readonly counts: readonly number[];
  /** The sum of the values observed. */
  readonly sum: number;
}

/** One histogram series. Recording through it looks nothing up and allocates nothing. */
export interface Histogram {
  /** Records one finite value, in the unit of the metric. */
  observe(value: number): void;
  /**
   * Adds observations that were counted elsewhere, as one recording. With other buckets than the histogram's they are dropped,
   * as `bounds_changed`.
   */
  merge(observations: CountedObservations): void;
  /**
   * Starts to measure a duration.
   * @returns a function that observes the time passed and returns it: in seconds when the metric's unit is `seconds`, else in milliseconds
   */
  startTimer(): () => number;
}

/** All series of one metric name. */
export interface Family<Instrument, LabelName extends string = string> {
  readonly name: string;
  /**
   * The series with these labels; keep it where it is used often. While it is held, the series does not expire. A declared label that is not given is an empty one, which
   * Prometheus takes for none; a value of `undefined` is dropped as `invalid_label_value`, since it is nearly always a mistake.
   */
  labels(labels?: Labels<LabelName>): Instrument;
  /**
   * Removes the series with these labels, here and in Redis, where the next flush deletes it. What waits of it is dropped as
   * `removed`; recorded again, by any process, it begins a new count.
   */
  remove(labels?: Labels<LabelName>): void;
  /**
   * Removes all series that have these labels and perhaps others, also those that other processes have written. An empty value
   * means that a series must not have the label. Of a gauge of mode `process`, each process removes its own.
   */
  removeMatching(labels: Labels<LabelName>): void;
  /** Removes all series of the metric, as `removeMatching` does. */
  clear(): void;
}

/** What every metric is declared with. */
export interface CounterDefinition<LabelName extends string = string> {
  /** `[a-zA-Z_][a-zA-Z0-9_]*` */
  readonly name: string;
  /** One line for the people who read the metric. */
  readonly help?: string;
  /** The unit as a suffix of the name, e.g. `ms` or `seconds`. */
  readonly unit?: string;
  /** The labels that its series may have, at most ten; default none. */
  readonly labelNames?: readonly LabelName[];
  /**
   * Most series of the metric in this process, at least 1; what would be one more is dropped as `series_limit`. Default: the
   * service's `maxSeriesPerFamily`.
   */
  readonly maxSeries?: number;
}

/** A gauge's declaration. */
export interface GaugeDefinition<LabelName extends string = string> extends CounterDefinition<LabelName> {
  /**
   * How values that several processes record become one; the same in all of them, else they are dropped as `mode_conflict`.
   * Default the mode it was declared with before, else `last`.
   *
   * - `last`: the value set last, by the time it was set, stands. For what is one thing, whoever measures it.
   * - `process`: each process has its own series, with a label `process` that the library adds (the service's `writerId`), so that at
   *   most nine others are left. It is gone three flush intervals after the process ended. For memory, queues, anything inside it.
   * - `sum`: `inc` and `dec` of all processes add up, each once. For what begins in one process and may end in another. What a
   *   process that dies had added stays.
   */
  readonly mode?: GaugeMode;
  /** Called before each flush, to set the gauge; one second at most is waited for a promise. */
  readonly collect?: (gauge: Family<Gauge, LabelName>) => void | Promise<void>;
}

/** A histogram's declaration. */
export interface HistogramDefinition<LabelName extends string = string> extends CounterDefinition<LabelName> {
  /** Upper bounds, ascending, finite, 1 to 200; +Inf is implied. Default: the service's `defaultBuckets`. */
  readonly buckets?: readonly number[];
}
