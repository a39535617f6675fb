import { describe, expect, it } from '@jest/globals';
import { parseRecord, parseSeriesKey } from '@redmeter/metric-format';
import fc from 'fast-check';
import { labelSet } from '../../src/label-set.js';
import { readGaps } from '../../src/snapshot/gap-readings.js';
import { lateWriters } from '../../src/snapshot/late-writers.js';
import { readRecorded } from '../../src/snapshot/recorded-reading.js';
import { addRecorded, recordedBetween, type Recorded } from '../../src/snapshot/recorded.js';
import type { SeriesSnapshot, SnapshotEntry } from '../../src/snapshot/series-snapshot.js';

const BEGIN_MS = 1_000_000;
const END_MS = 1_060_000;

/** A snapshot of values by key. */
function snapshot(
  values: Readonly<Record<string, unknown>>,
  takenMs: number,
  more: Partial<SeriesSnapshot> = {},
): SeriesSnapshot {
  const entries = new Map<string, SnapshotEntry>();
  const unreadable = new Set<string>();
  for (const [key, value] of Object.entries(values)) {
    const parsed = parseSeriesKey(Buffer.from(key), 'metrics');
    if (parsed.kind !== 'series') throw new Error(`expected a series key, got ${key}`);
    const record = parseRecord(parsed.id.type, JSON.stringify(value));
    if (record.kind === 'skipped') unreadable.add(key);
    else entries.set(key, { name: parsed.id.name, labels: labelSet(parsed.id.labels), record: record.record });
  }
  return {
    takenMs,
    prefix: 'metrics',
    entries,
    unreadable,
    datasets: new Map([['', 'one']]),
    evictedKeys: 0,
    families: new Map(),
    truncated: [],
    ...more,
  };
}

const COUNTER = 'metrics:counter:errors';
const LATENCY = 'metrics:histogram:latency_ms:endpoint=join';
const counter = (value: number, created: number | undefined = 1000): unknown => ({
  value,
  created,
  timestamp: created,
});
const histogram = (counts: readonly number[], sum: number | string, bounds = [5, 10], created = 1000): unknown => ({
  count: counts.reduce((total, count) => total + count, 0),
  sum,
  bounds,
  counts,
  window: [{ since: 2000, counts: counts.map(() => 0) }],
  created,
  timestamp: 2000,
});

const between = (begin: Record<string, unknown>, end: Record<string, unknown>): Recorded =>
  recordedBetween(snapshot(begin, BEGIN_MS), snapshot(end, END_MS));

/** Samples of the application by name, those of buckets with their bound. */
function samples(recorded: Recorded, end: SeriesSnapshot = snapshot({}, END_MS)): Record<string, number> {
  const families = readRecorded(recorded, end).families.filter(({ name }) => !name.startsWith('redmeter_'));
  const shown = families.flatMap((family) => family.samples);
  return Object.fromEntries(shown.map(({ name, le, value }) => [le === undefined ? name : `${name}|${le}`, value]));
}

describe('what was recorded between two snapshots', () => {
  it('is the rise of counters and histograms; percentiles are of that time, gauges of its end', () => {
    const begin = { [COUNTER]: counter(5), [LATENCY]: histogram([100, 0, 0], 300) };
    const end = { [COUNTER]: counter(7), [LATENCY]: histogram([100, 10, 0], 380), 'metrics:gauge:users': { value: 3 } };
    const recorded = between(begin, end);
    expect(recorded.gaps).toEqual([]);
    expect(samples(recorded, snapshot(end, END_MS))).toEqual({
      errors: 2,
      'latency_ms_bucket|5.0': 0,
      'latency_ms_bucket|10.0': 10,
      'latency_ms_bucket|+Inf': 10,
      latency_ms_sum: 80,
      latency_ms_count: 10,
      latency_ms_p50: 7.5,
      latency_ms_p95: 9.75,
      latency_ms_p99: 9.95,
      users: 3,
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, Record<string, number>]>([
    ['a new series, from 0', {}, { [COUNTER]: counter(3, BEGIN_MS + 5) }, { errors: 3 }],
    ['a new bare number, from 0', {}, { [COUNTER]: 3 }, { errors: 3 }],
    ['a bare number', { [COUNTER]: 3 }, { [COUNTER]: 8 }, { errors: 5 }],
    ['nothing, as 0', { [COUNTER]: counter(3) }, { [COUNTER]: counter(3) }, { errors: 0 }],
    [
      'one series under several keys',
      { 'metrics:counter:a:x=1,y=2': counter(1), 'metrics:counter:a:y=2,x=1': counter(5, 2000) },
      { 'metrics:counter:a:x=1,y=2': counter(2), 'metrics:counter:a:y=2,x=1': counter(8, 2000) },
      { a: 4 },
    ],
    [
      'shards',
      { 'metrics:{0}:counter:a:x=1': counter(1), 'metrics:{2}:counter:b': counter(1) },
      { 'metrics:{0}:counter:a:x=1': counter(2), 'metrics:{2}:counter:b': counter(4) },
      { a: 1, b: 3 },
    ],
    [
      'percentiles without buckets not at all, but count and sum',
      { [LATENCY]: { count: 5, sum: 50, p50: 1, p95: 2, p99: 3 } },
      { [LATENCY]: { count: 9, sum: 70, p50: 1, p95: 2, p99: 3 } },
      { latency_ms_count: 4, latency_ms_sum: 20, 'latency_ms_bucket|+Inf': 4 },
    ],
  ])('counts %s', (_, begin, end, expected) => {
    const recorded = between(begin, end);
    expect([recorded.gaps, samples(recorded)]).toEqual([[], expected]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    ['reset', { [COUNTER]: counter(5) }, { [COUNTER]: counter(9, BEGIN_MS + 1) }, /^errors was reset/],
    ['overwritten by hand', { [COUNTER]: counter(5) }, { [COUNTER]: 9 }, /^errors was reset/],
    ['that fell', { [COUNTER]: 5 }, { [COUNTER]: 4 }, /^errors decreased/],
    ['gone', { [COUNTER]: counter(5) }, {}, /^errors vanished/],
    [
      'older than the beginning',
      {},
      { [COUNTER]: counter(5, BEGIN_MS - 1) },
      /^errors was created before the beginning/,
    ],
    ['unreadable before', { [COUNTER]: 'x' }, { [COUNTER]: counter(5, BEGIN_MS + 1) }, /^errors was not a metric/],
    ['unreadable now', { [COUNTER]: counter(5) }, { [COUNTER]: 'x' }, /^errors is no longer a metric/],
    [
      'one bucket of which fell',
      { [LATENCY]: histogram([5, 5, 0], 50) },
      { [LATENCY]: histogram([4, 9, 0], 60) },
      /^latency_ms\{endpoint="join"\} decreased/,
    ],
    [
      'with other buckets',
      { [LATENCY]: histogram([5, 5, 0], 50) },
      { [LATENCY]: histogram([5, 5, 3], 60, [5, 20]) },
      /^latency_ms\{endpoint="join"\} changed its buckets/,
    ],
    ['without a sum', {}, { [LATENCY]: histogram([5, 5, 0], 'NaN', [5, 10], BEGIN_MS) }, /sum that is not finite/],
  ])('is not known of a series %s', (_, begin, end, reason) => {
    expect(between(begin, end).gaps).toEqual([
      expect.objectContaining({ key: expect.any(String), reason: expect.stringMatching(reason) }),
    ]);
  });

  it.each<[string, Partial<SeriesSnapshot>, Partial<SeriesSnapshot>, Record<string, unknown>, RegExp]>([
    ['other data', {}, { datasets: new Map([['', 'two']]) }, {}, /data set has another id/],
    ['data of a shard that are gone', { datasets: new Map([['3', 'one']]) }, { datasets: new Map() }, {}, /another id/],
    ['evictions', { evictedKeys: 3 }, { evictedKeys: 5 }, {}, /^Redis evicted 2 keys/],
    ['too many series', {}, { truncated: ['a', 'b'] }, {}, /left out: a, b$/],
    [
      'recordings that were dropped',
      {},
      {},
      { 'metrics:counter:redmeter_writer_dropped_total:reason=lost,writer=w': counter(4, BEGIN_MS + 1) },
      /^4 recordings of the application never reached Redis \(lost\)/,
    ],
  ])('may lack anything with %s', (_, begin, end, values, reason) => {
    const { gaps } = recordedBetween(snapshot({}, BEGIN_MS, begin), snapshot(values, END_MS, end));
    expect(gaps).toEqual([{ reason: expect.stringMatching(reason) }]);
  });

  it('lacks nothing where only wrong calls were dropped, and where evictions cannot be asked about', () => {
    const dropped = {
      'metrics:counter:redmeter_writer_dropped_total:reason=invalid_value,writer=w': counter(4, BEGIN_MS),
    };
    const end = snapshot(dropped, END_MS, { evictedKeys: 7 });
    expect(recordedBetween(snapshot({}, BEGIN_MS, { evictedKeys: undefined }), end).gaps).toEqual([]);
  });

  it('adds up over times that follow each other', () => {
    const steps = fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(steps, (added) => {
        const totals = [0, 0, 0];
        const snapshots = added.map((counts, index) => {
          counts.forEach((count, bucket) => (totals[bucket] = (totals[bucket] ?? 0) + count));
          const sum = (totals[0] ?? 0) * 3 + (totals[1] ?? 0) * 8 + (totals[2] ?? 0) * 20;
          return snapshot({ [COUNTER]: counter(totals[0] ?? 0), [LATENCY]: histogram(totals, sum) }, BEGIN_MS + index);
        });
        const stretches = snapshots.slice(1).map((end, index) => recordedBetween(snapshots[index] ?? end, end));
        const all = stretches.reduce(addRecorded);
        const [first, last] = [snapshots[0], snapshots.at(-1)];
        if (first === undefined || last === undefined) throw new Error('expected snapshots');
        expect(samples(all, last)).toEqual(samples(recordedBetween(first, last), last));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps count and sum of stretches with other buckets, but not their spread', () => {
    const one = between({}, { [LATENCY]: histogram([5, 5, 0], 50, [5, 10], BEGIN_MS) });
    const other = between({}, { [LATENCY]: histogram([1, 1, 0], 10, [5, 20], BEGIN_MS) });
    const both = addRecorded(one, other);
    expect(samples(both)).toMatchObject({ latency_ms_count: 12, latency_ms_sum: 60 });
    expect(both.gaps).toMatchObject([{ isOfBucketsOnly: true }]);
  });
});

describe('what a gap may hide', () => {
  const begin = { [COUNTER]: counter(5), 'metrics:counter:jobs': counter(1), [LATENCY]: histogram([1, 0, 0], 2) };
  const end = {
    [COUNTER]: counter(2, BEGIN_MS + 1),
    'metrics:counter:jobs': counter(3),
    [LATENCY]: histogram([1, 4, 0], 30),
  };

  it('is shown in its series alone', () => {
    const recorded = between(begin, end);
    const readings = readGaps(recorded, recorded.gaps, snapshot(end, END_MS));
    const values = (name: string): (number | undefined)[] =>
      readings.map(({ families }) => families.find((family) => family.name === name)?.samples[0]?.value);
    expect(new Set(values('errors')).size).toBeGreaterThan(2);
    expect(new Set(values('jobs'))).toEqual(new Set([2]));
    expect(new Set(values('latency_ms_p95'))).toEqual(new Set([9.75]));
  });

  it('is in all series where it may be in any', () => {
    const recorded = between(begin, end);
    const readings = readGaps(recorded, [{ reason: 'all' }], snapshot(end, END_MS));
    expect(readings[0]?.families.filter(({ name }) => !name.startsWith('redmeter_'))).toEqual([]);
  });

  it('is the spread alone of a histogram with other buckets', () => {
    const recorded = between(begin, { ...begin, [LATENCY]: histogram([1, 4, 0], 30, [5, 20]) });
    const readings = readGaps(recorded, recorded.gaps, snapshot({}, END_MS));
    const shown = readings.map(({ families }) => families.flatMap(({ samples: all }) => all));
    const of = (name: string): Set<number | undefined> =>
      new Set(shown.map((all) => all.find((sample) => sample.name === name)?.value));
    expect(of('latency_ms_count')).toEqual(new Set([4]));
    expect(of('latency_ms_sum')).toEqual(new Set([28]));
    expect(of('latency_ms_p95').size).toBeGreaterThan(1);
  });
});

describe('writers that are late', () => {
  const SINCE_MS = BEGIN_MS;
  const writer = (flushedMs: number, flushes: number, lifeMs: number): SeriesSnapshot =>
    snapshot(
      {
        'metrics:gauge:redmeter_writer_last_flush_timestamp_seconds:writer=shop-1': { value: 1, timestamp: flushedMs },
        'metrics:counter:redmeter_writer_flushes_total:writer=shop-1': {
          value: flushes,
          created: flushedMs - lifeMs,
          timestamp: flushedMs,
        },
      },
      SINCE_MS + 6000,
    );

  it.each<[string, SeriesSnapshot, RegExp | undefined]>([
    ['one that has written since', writer(SINCE_MS + 4000, 10, 50_000), undefined],
    ['one that ended long ago', writer(SINCE_MS - 60_000, 10, 50_000), undefined],
    [
      'one that was at work and is silent',
      writer(SINCE_MS - 3000, 10, 50_000),
      /^the writer shop-1 last wrote 3\.0 s before, and not since$/,
    ],
    [
      'one that writes more rarely',
      writer(SINCE_MS - 20_000, 10, 300_000),
      /20\.0 s before, and not since; it writes about every 30\.0 s/,
    ],
  ])('%s', (_, state, expected) => {
    const late = lateWriters(state, SINCE_MS, 6000);
    expect(late).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)]);
  });
});
