import { expect, it } from '@jest/globals';
import { parseRecord, parseSeriesKey } from '@redmeter/metric-format';
import fc from 'fast-check';
import { labelSet } from '../../src/label-set.js';
import { recordedBetween } from '../../src/snapshot/recorded.js';
import type { SeriesSnapshot, SnapshotEntry } from '../../src/snapshot/series-snapshot.js';
import { readSnapshotJson, snapshotJson } from '../../src/snapshot/snapshot-json.js';

const BEGIN_MS = 1_000_000;

function entryOf(key: string, value: unknown): SnapshotEntry {
  const parsed = parseSeriesKey(Buffer.from(key, 'latin1'), 'metrics');
  if (parsed.kind !== 'series') throw new Error(`expected a series key, got ${key}`);
  const record = parseRecord(parsed.id.type, JSON.stringify(value));
  if (record.kind === 'skipped') throw new Error(`expected a record, got ${record.reason}`);
  return { name: parsed.id.name, labels: labelSet(parsed.id.labels), record: record.record };
}

const created = fc.option(fc.nat(2_000_000), { nil: undefined });
const counter = fc.record({ value: fc.double({ min: 0, max: 1e12, noNaN: true }), created });
const histogram = fc
  .tuple(fc.array(fc.nat(50), { minLength: 3, maxLength: 3 }), fc.constantFrom([5, 10], [5, 20]), created)
  .chain(([counts, bounds, createdMs]) =>
    fc.record({
      count: fc.constant(counts.reduce((total, count) => total + count, 0)),
      sum: fc.constantFrom<number | string>(12.5, 'NaN', '+Inf', -3),
      bounds: fc.constant(bounds),
      counts: fc.constant(counts),
      window: fc.constant([{ since: 2000, counts: counts.map(() => 0) }]),
      created: fc.constant(createdMs),
    }),
  );
const percentiles = fc.record({ count: fc.nat(9), sum: fc.nat(99), p50: fc.constantFrom(1, 'NaN'), created });
const labels = fc.constantFrom('', ':endpoint=join', ':endpoint=j%C3%B6in,method=GET', ':endpoint=j\u00c3\u00b6in');
const tags = fc.constantFrom('', '{0}:', '{7}:');
const series = fc.oneof(
  fc.tuple(tags, labels, counter).map(([tag, of, value]) => [`metrics:${tag}counter:errors${of}`, value] as const),
  fc.tuple(tags, labels, histogram).map(([tag, of, value]) => [`metrics:${tag}histogram:ms${of}`, value] as const),
  fc.tuple(tags, labels, percentiles).map(([tag, of, value]) => [`metrics:${tag}histogram:s${of}`, value] as const),
  fc.tuple(tags, fc.nat(9)).map(([tag, value]) => [`metrics:${tag}gauge:users`, { value }] as const),
);
const snapshots = (takenMs: number): fc.Arbitrary<SeriesSnapshot> =>
  fc
    .record({
      values: fc.array(series, { maxLength: 12 }),
      unreadable: fc.subarray(['metrics:counter:errors', 'metrics:counter:other']),
      dataset: fc.constantFrom('one', 'two'),
      evictedKeys: fc.option(fc.nat(3), { nil: undefined }),
      truncated: fc.subarray(['a', 'b']),
    })
    .map(({ values, unreadable, dataset, evictedKeys, truncated }) => ({
      takenMs,
      prefix: 'metrics',
      entries: new Map(values.map(([key, value]) => [key, entryOf(key, value)])),
      unreadable: new Set(unreadable),
      datasets: new Map([
        ['', dataset],
        ['__proto__', dataset],
      ]),
      evictedKeys,
      families: new Map(),
      truncated,
    }));

it('is as good a beginning as the snapshot itself, with each of its guards', () => {
  fc.assert(
    fc.property(snapshots(BEGIN_MS), snapshots(BEGIN_MS + 60_000), (begin, end) => {
      const read = readSnapshotJson(snapshotJson(begin));
      if (read === undefined) throw new Error('expected a snapshot');
      expect(recordedBetween(read, end)).toEqual(recordedBetween(begin, end));
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['another type', '[]'],
  ['no series', '{"takenMs":1,"prefix":"metrics"}'],
  [
    'a series that is none',
    '{"takenMs":1,"prefix":"metrics","series":{"metrics:x":{}},"unreadable":[],"datasets":{},"truncated":[]}',
  ],
  [
    'a record that is none',
    '{"takenMs":1,"prefix":"metrics","series":{"metrics:counter:a":{"value":-1}},"unreadable":[],"datasets":{},"truncated":[]}',
  ],
  [
    'a number in the place of a text',
    '{"takenMs":1,"prefix":"metrics","series":{},"unreadable":[1],"datasets":{},"truncated":[]}',
  ],
])('is not read from %s', (_, text) => {
  expect(readSnapshotJson(text)).toBeUndefined();
});
