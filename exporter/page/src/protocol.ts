/** What the events of the page carry, as JSON. The server writes it and the browser reads it. */

/** A label's name and value. */
export type LabelPair = readonly [name: string, value: string];

/** What stands in one row of the list of families. */
export interface FamilySummary {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly unit: string | null;
  /** Series that the filter takes: sets of labels, those of a histogram counted once. */
  readonly series: number;
  /** Lines of these in an answer to Prometheus, percentiles included: what they cost there. */
  readonly samples: number;
  /** Sum of the values, for a histogram of its counts; null when there is no number. */
  readonly sum: number | null;
  /** Smallest and largest value, of counters and gauges. */
  readonly min: number | null;
  readonly max: number | null;
  /** Of a histogram: the largest p50, p95 and p99 that one of its series has. */
  readonly percentiles: readonly (number | null)[] | null;
}

/** A series of a family that is open, when it is shown first. */
export interface SeriesStart {
  /** Stands for the labels from then on, in this family on this connection. */
  readonly id: number;
  readonly labels: readonly LabelPair[];
}

/** What a series shows: a value as Prometheus gets it; of a histogram its count, sum, p50, p95 and p99. */
export type SeriesValues = readonly (string | null)[];

/** What changed in a family that is open. */
export interface FamilySeries {
  readonly name: string;
  /** Series that came, in no order. */
  readonly came: readonly SeriesStart[];
  readonly gone: readonly number[];
  readonly values: readonly (readonly [id: number, values: SeriesValues])[];
  /** The ids of all series shown, in their order; null when it is as it was. */
  readonly order: readonly number[] | null;
  /** Series that the filter takes and that are not shown. */
  readonly more: number;
}

/** A process that writes, from its own metrics. */
export interface WriterState {
  /** Its labels: `writer`, and others that distinguish it. */
  readonly labels: readonly LabelPair[];
  /** When Redis last acknowledged a write of it, milliseconds since the epoch by Redis's clock. */
  readonly lastFlushMs: number;
  readonly failures: number;
  readonly dropped: number;
}

/** A release, from the series that `redmeter release` publishes. */
export interface ReleaseState {
  readonly application: string;
  /** Of its rollout, such as `observing`. */
  readonly state: string;
  /** From 1; 0 where no step is taken. */
  readonly step: number;
  readonly steps: number;
  /** The share of users of each version, in percent. */
  readonly weights: readonly (readonly [version: string, percent: number])[];
}

/** Totals of all families. */
export interface Totals {
  /** Families there are, and how many of those the filter takes. */
  readonly families: number;
  readonly matched: number;
  /** Series of all families. */
  readonly series: number;
  /** Lines of an answer to Prometheus. */
  readonly samples: number;
  /** Keys that add no series, by reason, those with none left out. */
  readonly skipped: readonly (readonly [reason: string, keys: number])[];
  /** Metrics left out whole because there are too many series. */
  readonly truncated: readonly string[];
  /** Nodes that cannot be read, so that their series are missing. */
  readonly missingNodes: readonly string[];
  /** Whether keys that are in no index are not searched because the database is too large. */
  readonly isScanDisabled: boolean;
  /** When the newest series was written, milliseconds since the epoch; null when none has a timestamp. */
  readonly lastWriteMs: number | null;
  /** The families with the max lines in an answer to Prometheus, max first. */
  readonly largest: readonly (readonly [name: string, samples: number, series: number])[];
  readonly releases: readonly ReleaseState[];
  readonly writers: readonly WriterState[];
  /** Writers that are not listed. */
  readonly moreWriters: number;
}

/** The event `state`: everything in the first of a connection, then what changed. */
export interface StateEvent {
  /** Redis's time of the reading, milliseconds since the epoch. */
  readonly nowMs: number;
  /** How long the reading took, milliseconds. */
  readonly readMs: number;
  /** Whether what the browser knows from before is to be forgotten. */
  readonly isFirst: boolean;
  /** Families that came or changed. */
  readonly families: readonly FamilySummary[];
  readonly gone: readonly string[];
  /** Families that the filter takes and that are not listed. */
  readonly more: number;
  readonly open: readonly FamilySeries[];
  /** Undefined when they are as they were. */
  readonly totals?: Totals;
}

/** The event `down`: Redis could not be read. */
export interface DownEvent {
  readonly why: string;
}
