import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { MergeAnswer } from '@redmeter/metric-format';
import { COUNTER, fieldsOf, HISTOGRAM_KEY, merge, recordOf } from './merge-call.js';

const COUNTER_KEY = 'metrics:counter:events';
const server = useRedisServer({ flushBeforeEach: true });
let batches = 0;

const exemplar = (trace: string, value = 1, age = 0): object => ({ labels: { trace_id: trace }, value, age });

function count(operation: object = {}, batchAgeMs = 0): Promise<MergeAnswer> {
  return merge(server.client, {
    ...{ incarnation: `w${(batches += 1)}`, batchAgeMs, families: COUNTER },
    series: [[COUNTER_KEY, { type: 'counter', family: 'events', add: 1, ...operation }]],
  });
}

const CLASSIC = { family: { bounds: [5, 10] }, operation: { counts: [1, 0, 0] } };
const NATIVE = { family: { native: { schema: 0 } }, operation: { schema: 0, positive: { indexes: [1], counts: [1] } } };
const BOTH = {
  family: { ...CLASSIC.family, ...NATIVE.family },
  operation: { ...CLASSIC.operation, ...NATIVE.operation },
};

function observe(kind: { family: object; operation: object }, exemplars?: readonly object[]): Promise<MergeAnswer> {
  return merge(server.client, {
    incarnation: `w${(batches += 1)}`,
    families: { took_ms: { type: 'histogram', declared: 1, ...kind.family } },
    series: [[HISTOGRAM_KEY, { type: 'histogram', family: 'took_ms', sum: 1, ...kind.operation, exemplars }]],
  });
}

interface Stored {
  readonly labels: { readonly trace_id: string };
  readonly value: number;
  readonly timestamp: number;
}

const stored = async (key: string): Promise<readonly Stored[]> =>
  ((await fieldsOf(server.client, key))['exemplars'] ?? []) as Stored[];
const traces = async (key: string): Promise<readonly string[]> =>
  (await stored(key)).map(({ labels }) => labels.trace_id);

describe('the exemplar of a counter', () => {
  it('is the newest, with the time at which it was recorded, and stays while others write', async () => {
    await count({ exemplar: exemplar('a', 1, 500) }, 250);
    const [first] = await stored(COUNTER_KEY);
    const { timestamp } = await fieldsOf(server.client, COUNTER_KEY);
    expect(first).toEqual({ labels: { trace_id: 'a' }, value: 1, timestamp: Number(timestamp) - 750 });
    await count();
    await count({ add: 0.5 });
    expect(await traces(COUNTER_KEY)).toEqual(['a']);
    await count({ exemplar: exemplar('late', 1, 5000) });
    expect(await traces(COUNTER_KEY)).toEqual(['a']);
    await count({ exemplar: exemplar('b') });
    expect(await traces(COUNTER_KEY)).toEqual(['b']);
    expect(await recordOf(server.client, 'counter', COUNTER_KEY)).toMatchObject({
      ...{ value: 4.5, exemplars: [{ labels: [['trace_id', 'b']] }] },
    });
  });

  it('stands before the time of creation', async () => {
    await count({ exemplar: exemplar('a') });
    expect(Object.keys(await fieldsOf(server.client, COUNTER_KEY))).toEqual(
      ['type', 'value', 'exemplars', 'created', 'timestamp'], // prettier-ignore
    );
  });

  it('is written beside what a hand wrote, and never beside a bare number', async () => {
    await server.client.set(COUNTER_KEY, '{"value":5,"exemplars":[{"labels":7},null,3],"created":null}');
    await count({ exemplar: exemplar('ü "quoted" \\ 😀') });
    expect(await fieldsOf(server.client, COUNTER_KEY)).toMatchObject({ value: 6 });
    expect(await traces(COUNTER_KEY)).toEqual(['ü "quoted" \\ 😀']);
    await server.client.set(COUNTER_KEY, '5');
    await count({ exemplar: exemplar('a') });
    expect(await server.client.get(COUNTER_KEY)).toBe('6');
  });
});

describe.each([
  ['classic', CLASSIC],
  ['native', NATIVE],
  ['classic and native', BOTH],
])('exemplars of a %s histogram', (_name, kind) => {
  it('are the newest of each bucket', async () => {
    await observe(kind, [exemplar('a', 2, 30), exemplar('b', 9, 20)]);
    await observe(kind);
    expect(await traces(HISTOGRAM_KEY)).toEqual(['a', 'b']);
    await observe(kind, [exemplar('c', 2, 0), exemplar('older', 9, 60_000)]);
    expect(await traces(HISTOGRAM_KEY)).toEqual(['b', 'c']);
    const record = await recordOf(server.client, 'histogram', HISTOGRAM_KEY);
    expect(record).toMatchObject({ count: 3, exemplars: [{ value: 9 }, { value: 2 }] });
    const fields = Object.keys(await fieldsOf(server.client, HISTOGRAM_KEY));
    expect(fields.slice(-4)).toEqual(['window', 'exemplars', 'created', 'timestamp']);
  });

  it('are at most the ten newest', async () => {
    const family = { ...kind.family, bounds: Array.from({ length: 20 }, (_, i) => 2 ** i) };
    const counts = [1, ...new Array<number>(20).fill(0)];
    const many = { family, operation: { ...kind.operation, counts } };
    for (let i = 0; i < 15; i += 1) await observe(many, [exemplar(String(i), 2 ** i, 0)]);
    expect(await traces(HISTOGRAM_KEY)).toHaveLength(10);
    expect(new Set(await traces(HISTOGRAM_KEY)).has('14')).toBe(true);
  });
});

/** The reasons for which series were refused, of a batch that was applied. */
function refusalsOf(answer: MergeAnswer): readonly string[] {
  if (answer.kind !== 'applied') throw new Error(`expected the batch to be applied, got ${answer.kind}`);
  return [...answer.refusals.values()];
}

describe('a classic histogram with several exemplars', () => {
  const RENEWAL_MS = 30_000;
  const observeOften = (exemplars?: readonly object[]): Promise<MergeAnswer> =>
    merge(server.client, {
      ...{ incarnation: `w${(batches += 1)}`, ttlMs: 60 * RENEWAL_MS },
      families: { took_ms: { type: 'histogram', declared: 1, bounds: [5, 10] } },
      series: [[HISTOGRAM_KEY, { type: 'histogram', family: 'took_ms', sum: 1, counts: [1, 0, 0], exemplars }]],
    });

  it.each([
    ['one copy of its window', 1],
    ['two copies of its window', 2],
  ])('and %s is not read again where it was written a moment ago', async (_name, copies) => {
    // The next writes are in the same sixtieth of the time to live, since they take far less than five seconds.
    const [seconds] = await server.client.time();
    const left = RENEWAL_MS - ((Number(seconds) * 1000) % RENEWAL_MS);
    if (left < 5000) await new Promise((resolve) => setTimeout(resolve, left + 1000));
    await observeOften([exemplar('a', 1), exemplar('b', 7), exemplar('c', 20)]);
    const record = (await server.client.get(HISTOGRAM_KEY)) ?? '';
    const older = copies === 2 ? '"window":[{"since":1,"counts":[0,0,0]},' : '"window":[';
    // A full look would refuse a count that is not that of the buckets.
    const wrong = record.replace('"count":1', '"count":2').replace('"window":[', older);
    await server.client.set(HISTOGRAM_KEY, wrong);
    expect(refusalsOf(await observeOften())).toEqual([]);
    expect(refusalsOf(await observeOften([exemplar('d', 2)]))).toEqual([]);
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: 4, counts: [3, 0, 0] });
    expect(new Set(await traces(HISTOGRAM_KEY))).toEqual(new Set(['b', 'c', 'd']));
  });

  it('keeps them when it is read again, and when its window turns', async () => {
    await observeOften([exemplar('a', 1), exemplar('b', 7)]);
    const record = (await server.client.get(HISTOGRAM_KEY)) ?? '';
    const timestamp = Number((await fieldsOf(server.client, HISTOGRAM_KEY))['timestamp']);
    const before = record.replaceAll(String(timestamp), String(timestamp - 100_000));
    await server.client.set(HISTOGRAM_KEY, before);
    await observeOften([exemplar('c', 20)]);
    expect(new Set(await traces(HISTOGRAM_KEY))).toEqual(new Set(['a', 'b', 'c']));
    expect(await recordOf(server.client, 'histogram', HISTOGRAM_KEY)).toMatchObject({ count: 2 });
    const { window } = await fieldsOf(server.client, HISTOGRAM_KEY);
    expect(window).toMatchObject([{ since: timestamp - 100_000 }, { counts: [1, 0, 0] }]);
  });

  it.each(['[{"labels":]', '[7]', '[]', '[{"labels":{"a":"b"},"value":1,"timestamp":5}],"more":[1]'])(
    'is judged as a whole where %s stands in their place',
    async (text) => {
      await observeOften([exemplar('a', 1)]);
      const record = (await server.client.get(HISTOGRAM_KEY)) ?? '';
      const timestamp = String((await fieldsOf(server.client, HISTOGRAM_KEY))['timestamp']);
      const old = record.replaceAll(timestamp, String(Number(timestamp) - 100_000));
      await server.client.set(
        HISTOGRAM_KEY,
        old.replace(/"exemplars":\[.*\],"created"/, `"exemplars":${text},"created"`),
      );
      const refusals = refusalsOf(await observeOften());
      const isJson = !text.includes(':]');
      expect(refusals).toEqual(isJson ? [] : ['unreadable_value']);
      if (isJson) expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: 2 });
    },
  );
});

describe('an operation with exemplars', () => {
  it.each([
    ['that are no list', { labels: { trace_id: 'a' }, value: 1, age: 0 }],
    ['that are more than ten', Array.from({ length: 11 }, (_, i) => exemplar('a', i))],
    ['without labels', [{ labels: {}, value: 1, age: 0 }]],
    ['with a label that is no text', [{ labels: { trace_id: 7 }, value: 1, age: 0 }]],
    ['with 129 characters', [exemplar('é'.repeat(121))]],
    ['without a value', [{ labels: { trace_id: 'a' }, age: 0 }]],
    ['without an age', [{ labels: { trace_id: 'a' }, value: 1 }]],
    ['with a negative age', [exemplar('a', 1, -1)]],
  ])('%s is malformed', async (_what, exemplars) => {
    await expect(observe(CLASSIC, exemplars as object[])).rejects.toThrow(/^ERR redmeter merge: ARGV\[10\]/);
    const [one] = Array.isArray(exemplars) && exemplars.length === 1 ? exemplars : [7];
    await expect(count({ exemplar: one })).rejects.toThrow(/^ERR redmeter merge: ARGV\[10\]/);
    expect(await server.client.keys('metrics:*')).toEqual([]);
  });

  it('may have none, or 128 characters', async () => {
    await observe(CLASSIC, []);
    await observe(CLASSIC, [exemplar('😀'.repeat(120))]);
    expect(await traces(HISTOGRAM_KEY)).toHaveLength(1);
  });
});
