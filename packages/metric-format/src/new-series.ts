import type { CounterRecord } from './record.js';
import type { HistogramRecord } from './histogram-record.js';

/** What is known of the age of a series; times in milliseconds. */
export interface SeriesAge {
  /** When its count began, since the epoch; undefined when not told. */
  readonly createdMs: number | undefined;
  /** Now, since the epoch. */
  readonly nowMs: number;
  /** How long its key still lives; undefined for one without an end. */
  readonly leftMs?: number | undefined;
}

/**
 * Whether a counter or histogram is too young to be shown with its value: Prometheus counts how much a series rose since it was first
 * seen, so it is to be seen as 0 once. One that lives only for a short while is not too young once it has less life left than it had.
 * @param newMs how long a series is new, in milliseconds
 */
export function isNewSeries(
  { createdMs, nowMs, leftMs = Number.POSITIVE_INFINITY }: SeriesAge,
  newMs: number,
): boolean {
  const ageMs = nowMs - (createdMs ?? Number.NEGATIVE_INFINITY);
  return ageMs >= 0 && ageMs < newMs && leftMs > ageMs;
}

/** A counter or histogram as it was before its first event; a histogram has no percentiles then. */
export function atZero(record: CounterRecord | HistogramRecord): CounterRecord | HistogramRecord {
  if (record.type === 'counter') return { ...record, value: 0 };
  return { ...record, count: 0, sum: 0, shape: emptyShape(record.shape) };
}

function emptyShape(shape: HistogramRecord['shape']): HistogramRecord['shape'] {
  return shape.kind === 'percentiles'
    ? { kind: shape.kind, p50: undefined, p95: undefined, p99: undefined }
    : { kind: shape.kind, bounds: shape.bounds, counts: shape.counts.map(() => 0), window: undefined };
}
