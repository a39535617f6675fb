import { expect, it } from '@jest/globals';
import { parseRecord } from '@redmeter/metric-format';
import { labelSet } from '../../src/label-set.js';
import { readGaps } from '../../src/snapshot/gap-readings.js';
import { readRecorded } from '../../src/snapshot/recorded-reading.js';
import { addRecorded, recordedBetween, type Recorded } from '../../src/snapshot/recorded.js';
import type { SeriesSnapshot } from '../../src/snapshot/series-snapshot.js';
import { readSnapshotJson, snapshotJson } from '../../src/snapshot/snapshot-json.js';
import type { Reading } from '../../src/read-metrics.js';

const BEGIN_MS = 1_000_000;
const KEY = 'metrics:histogram:size';

/** Counts of buckets by their index. */
type Spread = Readonly<Record<number, number>>;

interface Buckets {
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positive?: Spread;
  readonly negative?: Spread;
}

const spreadOf = (spread: Spread): { indexes: number[]; counts: number[] } => {
  const pairs = Object.entries(spread).map(([index, count]) => [Number(index), count] as const);
  pairs.sort(([a], [b]) => a - b);
  return { indexes: pairs.map(([index]) => index), counts: pairs.map(([, count]) => count) };
};

/** A native record; at schema 0, bucket i holds (2^(i-1), 2^i]. */
function native(sum: number, buckets: Buckets, more: object = {}): unknown {
  const { schema = 0, zeroThreshold = 2 ** -128, zeroCount = 0, positive = {}, negative = {} } = buckets;
  const counts = [zeroCount, ...Object.values(positive), ...Object.values(negative)];
  const spread = { schema, zeroThreshold, zeroCount, positive: spreadOf(positive), negative: spreadOf(negative) };
  return { count: counts.reduce((a, b) => a + b), sum, ...spread, created: 1000, timestamp: 2000, ...more };
}

const classic = (counts: readonly number[], sum: number): unknown => {
  return { count: counts.reduce((a, b) => a + b, 0), sum, bounds: [4, 8], counts, created: 1000, timestamp: 2000 };
};

function snapshot(value: unknown, takenMs = BEGIN_MS): SeriesSnapshot {
  const read = parseRecord('histogram', value === undefined ? '' : JSON.stringify(value));
  if (value !== undefined && read.kind === 'skipped') throw new Error(`expected a record, got ${read.reason}`);
  const entries =
    read.kind === 'record' ? [[KEY, { name: 'size', labels: labelSet([]), record: read.record }] as const] : [];
  return {
    ...{ takenMs, prefix: 'metrics', entries: new Map(entries), unreadable: new Set(), datasets: new Map() },
    ...{ evictedKeys: 0, families: new Map(), truncated: [] },
  };
}

const between = (begin: unknown, end: unknown): Recorded =>
  recordedBetween(snapshot(begin), snapshot(end, BEGIN_MS + 60_000));

/** Samples by name, without `size_`; buckets by their bound. */
function samples({ families }: Reading): Record<string, number> {
  const shown = families.filter(({ name }) => !name.startsWith('redmeter_')).flatMap((family) => family.samples);
  return Object.fromEntries(shown.map(({ name, le, value }) => [le ?? name.slice('size_'.length), value]));
}

const recordedSamples = (recorded: Recorded): Record<string, number> =>
  samples(readRecorded(recorded, snapshot(undefined)));

it.each<[string, unknown, unknown, Record<string, number>]>([
  [
    'the rise of each bucket, with percentiles of that time',
    native(12, { positive: { 2: 4 } }),
    native(72, { positive: { 2: 4, 3: 10 } }),
    // Within a bucket, Prometheus interpolates by powers.
    { '4.0': 0, '8.0': 10, '16.0': 10, count: 10, sum: 60, p50: 4 * 2 ** 0.5, p95: 4 * 2 ** 0.95, p99: 4 * 2 ** 0.99 },
  ],
  [
    'zero and numbers below it',
    native(0, { zeroCount: 2, negative: { 2: 1 } }),
    native(-9, { zeroCount: 3, negative: { 2: 4 } }),
    { '-4.0': 0, '-2.0': 3, '-1.0': 3, '1.0': 4, count: 4, sum: -9, p99: 0 },
  ],
  [
    'the rise where the schema was lowered',
    native(12, { schema: 1, positive: { 4: 4 } }),
    native(72, { positive: { 2: 4, 3: 10 } }),
    { '4.0': 0, '8.0': 10, count: 10, sum: 60, p50: 4 * 2 ** 0.5 },
  ],
  [
    'the rise where the zero bucket was widened',
    native(3, { positive: { 0: 4 } }),
    native(17, { zeroThreshold: 1, zeroCount: 6, positive: { 3: 2 } }),
    { '1.0': 2, '4.0': 2, '8.0': 4, count: 4, sum: 14 },
  ],
  [
    'the rise of classic buckets beside native ones',
    native(12, { positive: { 2: 4 } }, { bounds: [4, 100], counts: [4, 0, 0] }),
    native(72, { positive: { 2: 4, 3: 10 } }, { bounds: [4, 100], counts: [4, 10, 0] }),
    { '4.0': 0, '100.0': 10, count: 10, sum: 60, p50: 4 * 2 ** 0.5 },
  ],
  [
    'a new series, from 0',
    undefined,
    native(6, { positive: { 3: 1 } }, { created: BEGIN_MS + 1, window: [] }),
    { '4.0': 0, '8.0': 1, count: 1, sum: 6 },
  ],
])('counts %s', (_, begin, end, expected) => {
  const recorded = between(begin, end);
  expect(recorded.gaps).toEqual([]);
  const found = recordedSamples(recorded);
  for (const [name, value] of Object.entries(expected)) {
    // What is at 0 below the first observation is not shown.
    expect([name, found[name] ?? 0]).toEqual([name, expect.closeTo(value, 9)]);
  }
});

it.each<[string, unknown, unknown, object]>([
  [
    'a bucket of which fell',
    native(12, { positive: { 2: 4 } }),
    native(60, { positive: { 2: 3, 3: 9 } }),
    { reason: expect.stringMatching(/^size decreased/) },
  ],
  ['that vanished', native(12, { positive: { 2: 4 } }), undefined, { reason: expect.stringMatching(/^size vanished/) }],
  [
    'that was classic before',
    classic([4, 0, 0], 12),
    native(72, { positive: { 2: 4, 3: 10 } }),
    { isOfBucketsOnly: true, reason: expect.stringMatching(/^size changed its buckets/) },
  ],
  [
    'that is classic now',
    native(12, { positive: { 2: 4 } }),
    classic([4, 10, 0], 72),
    { isOfBucketsOnly: true, reason: expect.stringMatching(/^size changed its buckets/) },
  ],
])('is not known of a native histogram %s', (_, begin, end, gap) => {
  expect(between(begin, end).gaps).toEqual([{ key: KEY, ...gap }]);
});

it('adds up over times that follow each other, at the lower of two schemas', () => {
  const [first, second, third] = [
    native(3, { schema: 1, positive: { 4: 1 } }),
    native(9, { schema: 1, positive: { 4: 3 } }),
    native(29, { positive: { 2: 3, 3: 4 }, negative: { 1: 2 } }),
  ];
  const both = addRecorded(between(first, second), between(second, third));
  expect(both.gaps).toEqual([]);
  expect(recordedSamples(both)).toEqual(recordedSamples(between(first, third)));
  expect(recordedSamples(both)).toMatchObject({ '-1.0': 2, '4.0': 4, '8.0': 8, count: 8, sum: 26 });
});

it('begins from a snapshot that was written down', () => {
  const begin = snapshot(native(12, { zeroCount: 1, positive: { 2: 4 }, negative: { 5: 2 } }));
  const end = snapshot(native(72, { zeroCount: 1, positive: { 2: 4, 3: 10 }, negative: { 5: 2 } }), BEGIN_MS + 60_000);
  const read = readSnapshotJson(snapshotJson(begin));
  if (read === undefined) throw new Error('expected a snapshot');
  expect(recordedBetween(read, end)).toEqual(recordedBetween(begin, end));
});

it.each<[string, unknown, unknown, readonly unknown[], readonly unknown[]]>([
  [
    'any count where the series is not known',
    native(12, { positive: { 2: 4 } }),
    native(72, { positive: { 2: 3, 3: 10 } }),
    [undefined, 0, 1e9 + 13, 1e9 + 13],
    [undefined, undefined, 0, Number.MAX_VALUE],
  ],
  [
    'any spread where only that is not known',
    classic([4, 0, 0], 12),
    native(72, { positive: { 2: 4, 3: 10 } }),
    [10, 10, 10, 10],
    [undefined, 0, 0, Number.MAX_VALUE],
  ],
])('a gap may hide %s', (_, begin, end, counts, medians) => {
  const recorded = between(begin, end);
  const readings = readGaps(recorded, recorded.gaps, snapshot(undefined)).map(samples);
  expect(readings.map(({ count }) => count)).toEqual(counts);
  readings.forEach(({ p50 }, i) => {
    const median = medians[i];
    if (median === Number.MAX_VALUE) expect(p50).toBeGreaterThan(1e300);
    else expect(p50 === undefined ? undefined : Math.abs(p50) < 1e-30 ? 0 : p50).toBe(median);
  });
});
