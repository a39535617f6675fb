import type { CounterRecord } from './record.js';
import type { Buckets, HistogramRecord } from './histogram-record.js';
import { derivedBuckets } from './native/derived-buckets.js';
import { NO_BUCKETS } from './native/sparse-buckets.js';

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

/** A counter or histogram as it was before its first event: without percentiles and exemplars, but with its bounds. */
export function atZero(record: CounterRecord | HistogramRecord): CounterRecord | HistogramRecord {
  const { type, createdMs, timestampMs } = record;
  if (type === 'counter') return { type, value: 0, createdMs, timestampMs };
  return { type, count: 0, sum: 0, shape: emptyShape(record.shape), createdMs, timestampMs };
}

function emptyShape(shape: HistogramRecord['shape']): HistogramRecord['shape'] {
  switch (shape.kind) {
    case 'percentiles':
      return { kind: shape.kind, p50: undefined, p95: undefined, p99: undefined };
    case 'buckets':
      return { kind: shape.kind, ...emptyCounts(shape), window: undefined };
    case 'native': {
      const { kind, schema, zeroThreshold, classic } = shape;
      const empty = { zeroCount: 0, positive: NO_BUCKETS, negative: NO_BUCKETS, window: undefined };
      const shown =
        classic === undefined
          ? { classic, shownBounds: derivedBuckets(shape).bounds }
          : { classic: emptyCounts(classic) };
      return { kind, schema, zeroThreshold, ...empty, ...shown };
    }
  }
}

function emptyCounts({ bounds, counts }: Pick<Buckets, 'bounds' | 'counts'>): Pick<Buckets, 'bounds' | 'counts'> {
  return { bounds, counts: counts.map(() => 0) };
}
