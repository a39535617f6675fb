import type { CounterRecord, GaugeRecord, HistogramRecord, MetricRecord } from '@redmeter/metric-format';
import { haveEqualBounds } from './alike-buckets.js';
import { addHistograms, earliest, latest, newestExemplars, viewHistogram } from './histogram-view.js';
import type { SeriesValue } from './series.js';

/** The merged records of one series, and how many of their keys were added or left out. */
export interface MergedCopies {
  readonly value: SeriesValue;
  /** Keys that were added to another, or were older than it. */
  readonly duplicates: number;
  /** Keys of a histogram with other bounds than the newest, or native where that is not, or the other way round. */
  readonly boundsMismatches: number;
}

/**
 * Merges the records of one series with several keys: labels in two orders, `%41` for `A`, several shards. Counters,
 * native histograms, and histograms with equal bounds are added up; of gauges and unequal histograms the newest counts,
 * with those that are like it; if two are equally new, the first.
 * @param records at least one, all of one type, in the order of their keys' bytes: a sum of doubles depends on it
 * @param nowMs milliseconds since the epoch
 */
export function mergeCopies(records: readonly [MetricRecord, ...MetricRecord[]], nowMs: number): MergedCopies {
  const [first] = records;
  const duplicates = records.length - 1;
  switch (first.type) {
    case 'counter':
      return { value: addCounters(records.filter(isCounter), first), duplicates, boundsMismatches: 0 };
    case 'gauge':
      return { value: newestOf(records.filter(isGauge), first), duplicates, boundsMismatches: 0 };
    case 'histogram':
      return mergeHistograms(records.filter(isHistogram), first, nowMs);
  }
}

function addCounters(records: readonly CounterRecord[], first: CounterRecord): CounterRecord {
  if (records.length === 1) return first;
  return {
    type: 'counter',
    value: records.map(({ value }) => value).reduce((total, value) => total + value),
    createdMs: earliest(records.map(({ createdMs }) => createdMs)),
    timestampMs: latest(records.map(({ timestampMs }) => timestampMs)),
    ...newestExemplars(records, 1),
  };
}

function mergeHistograms(records: readonly HistogramRecord[], first: HistogramRecord, nowMs: number): MergedCopies {
  const newest = newestOf(records, first);
  const alike = records.filter((record) => haveEqualBounds(record, newest));
  return {
    value: alike.length > 1 ? addHistograms(alike, newest, nowMs) : viewHistogram(newest, nowMs),
    duplicates: alike.length - 1,
    boundsMismatches: records.length - alike.length,
  };
}

function newestOf<R extends MetricRecord>(records: readonly R[], first: R): R {
  return records.reduce((newest, r) => ((r.timestampMs ?? -1) > (newest.timestampMs ?? -1) ? r : newest), first);
}

function isCounter(record: MetricRecord): record is CounterRecord {
  return record.type === 'counter';
}

function isGauge(record: MetricRecord): record is GaugeRecord {
  return record.type === 'gauge';
}

function isHistogram(record: MetricRecord): record is HistogramRecord {
  return record.type === 'histogram';
}
