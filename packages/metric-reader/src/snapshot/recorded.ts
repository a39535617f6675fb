import { atZero, type CounterRecord, type HistogramRecord, type MetricRecord } from '@redmeter/metric-format';
import type { LabelSet } from '../label-set.js';
import { haveEqualBounds } from '../alike-buckets.js';
import { counting } from './counting.js';
import type { Gap } from './gap.js';
import { allInOneBucket } from './guessed-buckets.js';
import { lossesBetween } from './losses.js';
import { shapeDifference, shapeSum } from './shape-arithmetic.js';
import { seriesName, type SeriesSnapshot, type SnapshotEntry } from './series-snapshot.js';

/** What was recorded in one series between two snapshots; a gauge does not count and has none. */
export interface RecordedSeries {
  readonly name: string;
  readonly labels: LabelSet;
  readonly record: CounterRecord | HistogramRecord;
}

/** What was recorded between two snapshots, and what is not known of it. Keys are texts of one byte a character. */
export interface Recorded {
  readonly series: ReadonlyMap<string, RecordedSeries>;
  readonly gaps: readonly Gap[];
}

/** Nothing recorded, nothing missing. */
export const NOTHING_RECORDED: Recorded = { series: new Map(), gaps: [] };

type Difference = { readonly record: RecordedSeries['record']; readonly gap?: Omit<Gap, 'key'> };

/**
 * What an application recorded between two snapshots of one Redis: the rise of each counter and of each histogram, key by key. A series
 * that is new counts from 0. Where a series was reset or vanished, has other buckets, or where the server evicted keys or lost the data,
 * a gap says so: the number that stands there is then no answer.
 */
export function recordedBetween(begin: SeriesSnapshot, end: SeriesSnapshot): Recorded {
  const series = new Map<string, RecordedSeries>();
  const gaps: Gap[] = [...lossesBetween(begin, end)];
  for (const key of new Set([...begin.entries.keys(), ...end.entries.keys()])) {
    const before = begin.entries.get(key);
    const after = end.entries.get(key);
    const shown = after ?? before;
    if (shown === undefined || shown.record.type === 'gauge') continue;
    const { record, gap } = after === undefined ? vanished(shown.record, key, end) : rise(before, after, key, begin);
    series.set(key, { name: shown.name, labels: shown.labels, record });
    if (gap !== undefined) gaps.push({ key, ...gap, reason: `${seriesName(shown)} ${gap.reason}` });
  }
  return { series, gaps };
}

/** The sum of the recordings of two periods that do not overlap. */
export function addRecorded(one: Recorded, other: Recorded): Recorded {
  const series = new Map(one.series);
  const gaps = [...one.gaps, ...other.gaps];
  for (const [key, added] of other.series) {
    const known = series.get(key);
    if (known === undefined) {
      series.set(key, added);
      continue;
    }
    series.set(key, { ...added, record: sum(known.record, added.record) });
    if (!haveEqualLayouts(known.record, added.record)) {
      gaps.push({ key, isOfBucketsOnly: true, reason: `${seriesName(added)} ${NEW_BUCKETS}` });
    }
  }
  return { series, gaps };
}

const NEW_BUCKETS = 'changed its buckets in the meantime, so its percentiles are unknown';

function vanished(record: MetricRecord, key: string, end: SeriesSnapshot): Difference {
  return {
    record: atZero(counting(record)),
    gap: {
      reason: end.unreadable.has(key)
        ? 'is no longer a metric'
        : 'vanished: it expired, was evicted or was deleted, and what it counted is lost',
    },
  };
}

function rise(before: SnapshotEntry | undefined, after: SnapshotEntry, key: string, begin: SeriesSnapshot): Difference {
  const now = counting(after.record);
  if (before === undefined) {
    if (begin.unreadable.has(key)) return { record: now, gap: { reason: 'was not a metric at the beginning' } };
    const isOlder = now.createdMs !== undefined && now.createdMs < begin.takenMs;
    // It came back, from a backup or under another name: how much of it is new is unknown.
    return isOlder
      ? { record: now, gap: { reason: 'was created before the beginning, but was missing then' } }
      : counted(now);
  }
  const then = counting(before.record);
  if (then.createdMs !== now.createdMs) {
    return { record: now, gap: { reason: 'was reset: what it counted before is lost' } };
  }
  const record = difference(now, then);
  if (record === undefined) return { record: now, gap: { reason: 'decreased, so it was reset' } };
  return counted(record, then);
}

function counted(record: RecordedSeries['record'], before?: RecordedSeries['record']): Difference {
  if (record.type === 'counter') return { record };
  if (!Number.isFinite(record.sum)) return { record, gap: { reason: 'has a sum that is not finite' } };
  const isOtherLayout = before !== undefined && !haveEqualLayouts(before, record);
  return isOtherLayout ? { record, gap: { isOfBucketsOnly: true, reason: NEW_BUCKETS } } : { record };
}

function haveEqualLayouts(one: RecordedSeries['record'], other: RecordedSeries['record']): boolean {
  return one.type === 'counter' || other.type === 'counter' || haveEqualBounds(one, other);
}

/** Undefined where something fell. */
function difference(
  now: RecordedSeries['record'],
  then: RecordedSeries['record'],
): RecordedSeries['record'] | undefined {
  if (now.type === 'counter' || then.type === 'counter') {
    if (now.type !== 'counter' || then.type !== 'counter' || now.value < then.value) return undefined;
    return { ...now, value: now.value - then.value };
  }
  if (now.count < then.count) return undefined;
  const rise = { ...now, count: now.count - then.count, sum: now.sum - then.sum };
  // Percentiles over a lifetime do not describe a part of it.
  if (now.shape.kind === 'percentiles') return { ...rise, shape: NO_PERCENTILES };
  if (!haveEqualBounds(now, then)) return withGuessedBuckets(rise);
  const shape = shapeDifference(now.shape, then.shape);
  return shape === undefined ? undefined : { ...rise, shape };
}

function sum(one: RecordedSeries['record'], other: RecordedSeries['record']): RecordedSeries['record'] {
  if (one.type === 'counter' || other.type === 'counter') {
    return one.type === 'counter' && other.type === 'counter' ? { ...other, value: one.value + other.value } : other;
  }
  const both = { ...other, count: one.count + other.count, sum: one.sum + other.sum };
  if (!haveEqualBounds(one, other)) return withGuessedBuckets(both);
  return { ...both, shape: shapeSum(one.shape, other.shape) };
}

const NO_PERCENTILES: HistogramRecord['shape'] = {
  kind: 'percentiles',
  p50: undefined,
  p95: undefined,
  p99: undefined,
};

/** A histogram whose count and sum are known, and of whose buckets no more than that they hold so many: all in the last. */
function withGuessedBuckets(record: HistogramRecord): HistogramRecord {
  return allInOneBucket(record, 'last');
}
