import { atZero, type CounterRecord, type HistogramRecord } from '@redmeter/metric-format';
import type { Reading } from '../read-metrics.js';
import type { Gap } from './gap.js';
import { allInOneBucket } from './guessed-buckets.js';
import { readRecorded, type Instead } from './recorded-reading.js';
import type { Recorded } from './recorded.js';
import type { SeriesSnapshot } from './series-snapshot.js';

type Counting = CounterRecord | HistogramRecord;

// More than any application records.
const HUGE = 1e9;

/**
 * What was recorded as it may have been, for all that is known: the series that some gaps concern are missing, at 0, and huge in their first
 * and in their last bucket. What is the same in all of these as in `readRecorded` does not depend on what is missing.
 */
export function readGaps(recorded: Recorded, gaps: readonly Gap[], end: SeriesSnapshot): Reading[] {
  const concernsAll = gaps.some(({ key }) => key === undefined);
  const whole = new Set(gaps.flatMap(({ key, isOfBucketsOnly }) => (isOfBucketsOnly === true ? [] : (key ?? []))));
  const bucketsOnly = new Set(gaps.flatMap(({ key }) => key ?? []));
  const changed =
    (change: (record: Counting) => Counting | undefined, changeBuckets: (record: Counting) => Counting): Instead =>
    (key, record) => {
      if (concernsAll || whole.has(key)) return change(record);
      return bucketsOnly.has(key) ? changeBuckets(record) : record;
    };
  return [
    changed(() => undefined, withoutBuckets),
    changed(atZero, allInFirst),
    changed((record) => huge(record, 'first'), allInFirst),
    changed((record) => huge(record, 'last'), allInLast),
  ].map((instead) => readRecorded(recorded, end, instead));
}

function huge(record: Counting, where: 'first' | 'last'): Counting {
  if (record.type === 'counter') return { ...record, value: record.value + HUGE };
  return { ...allInOneBucket({ ...record, count: record.count + HUGE }, where), sum: record.sum + HUGE };
}

function allInFirst(record: Counting): Counting {
  return record.type === 'counter' ? record : allInOneBucket(record, 'first');
}

function allInLast(record: Counting): Counting {
  return record.type === 'counter' ? record : allInOneBucket(record, 'last');
}

function withoutBuckets(record: Counting): Counting {
  if (record.type === 'counter') return record;
  return { ...record, shape: { kind: 'percentiles', p50: undefined, p95: undefined, p99: undefined } };
}
