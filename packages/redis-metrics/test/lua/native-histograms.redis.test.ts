import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { HistogramRecord, MergeAnswer } from '@redmeter/metric-format';
import fc from 'fast-check';
import { addNative, type NativeState } from '../reference/native-reference.js';
import { fieldsOf, HISTOGRAM_KEY, keys, merge } from './merge-call.js';
import {
  classicCumulative,
  fieldsOfNative,
  nativeCumulative,
  nativeOf,
  operationOf,
  readHistogram,
  type Kind,
} from './native-histograms.js';

const FAMILY = keys.family('took_ms');
const HOUR_MS = 3_600_000;
const APPLIED = { kind: 'applied', refusals: new Map() };
const THRESHOLD = 2 ** -128;
const NATIVE = { schema: 3, zeroThreshold: THRESHOLD, maxBuckets: 160 };
const server = useRedisServer({ flushBeforeEach: true });
let batches = 0;

function call(kind: Kind, operation: object, family: object = {}, source?: object): Promise<MergeAnswer> {
  return merge(server.client, {
    incarnation: `w${(batches += 1)}`,
    ttlMs: HOUR_MS,
    families: { took_ms: { type: 'histogram', ...kind, declared: batches, lease: HOUR_MS, ...family } },
    series: [[HISTOGRAM_KEY, { ...operation, family: 'took_ms' }]],
    ...source,
  });
}

/** One batch of observations of a process that declares the histogram so, by a writer of its own. */
const observe = (kind: Kind, values: readonly number[], family: object = {}): Promise<MergeAnswer> =>
  call(kind, operationOf(values, kind), family);

const stored = async (): Promise<Record<string, unknown>> => fieldsOf(server.client, HISTOGRAM_KEY);
const record = async (): Promise<HistogramRecord> => readHistogram((await server.client.get(HISTOGRAM_KEY)) ?? '');

/** Makes the layouts expire that are not renewed, as if the time had passed. */
async function expireLayouts(): Promise<void> {
  const text = (await server.client.get(FAMILY)) ?? '';
  await server.client.set(FAMILY, text.replace(/"expires":\d+/g, '"expires":1'), 'KEEPTTL');
}

/** Puts the times of the record back, as if it had been written so long ago. */
async function age(ms: number): Promise<void> {
  const text = (await server.client.get(HISTOGRAM_KEY)) ?? '';
  const aged = text.replace(
    /"(since|created|timestamp)":(\d+)/g,
    (_, name: string, at: string) => `"${name}":${Number(at) - ms}`,
  );
  await server.client.set(HISTOGRAM_KEY, aged, 'KEEPTTL');
}

describe('a native histogram', () => {
  it('is written as the wire format says, with a window that begins with nothing', async () => {
    expect(await observe({ native: NATIVE }, [0, 1, 1, 2, -3])).toMatchObject(APPLIED);
    const now = (await stored())['timestamp'];
    const text = await server.client.get(HISTOGRAM_KEY);
    expect(text).toBe(
      `{"type":"histogram","count":5,"sum":1,"schema":3,"zeroThreshold":2.938735877055719e-39,"zeroCount":1,` +
        `"positive":{"indexes":[0,8],"counts":[2,1]},"negative":{"indexes":[13],"counts":[1]},` +
        `"window":[{"since":${String(now)},"zeroCount":0}],"created":${String(now)},"timestamp":${String(now)}}`,
    );
    expect(await server.client.get(FAMILY)).toBe(
      `{"type":"histogram","native":{"schema":3,"zeroThreshold":2.938735877055719e-39,"maxBuckets":160},"declared":${batches}}`,
    );
  });

  it('has classic buckets beside when its writer has', async () => {
    const kind = { native: NATIVE, bounds: [1, 10] };
    await observe(kind, [0.5, 5]);
    await observe(kind, [20]);
    expect(await stored()).toMatchObject({
      ...{ count: 3, schema: 3, bounds: [1, 10], counts: [1, 1, 1] },
      window: [{ zeroCount: 0, counts: [0, 0, 0] }],
    });
    expect(await fieldsOf(server.client, FAMILY)).not.toHaveProperty('layouts');
  });

  it('keeps two copies of its window, each from before the first write of a minute', async () => {
    await observe({ native: NATIVE }, [1]);
    for (const value of [2, 4, 8]) {
      await age(61_000);
      await observe({ native: NATIVE }, [value]);
    }
    const { shape } = await record();
    if (shape.kind !== 'native') throw new Error('expected native buckets');
    expect(shape.positive).toEqual({ indexes: [0, 8, 16, 24], counts: [1, 1, 1, 1] });
    expect(shape.window?.map(({ positive }) => positive.indexes)).toEqual([
      [0, 8],
      [0, 8, 16],
    ]);
  });

  it('brings the copies of its window along when schema and threshold change', async () => {
    await observe({ native: NATIVE }, [0.001, 1, 1.1, 100]);
    await age(61_000);
    await observe({ native: NATIVE }, [-5]);
    await observe({ native: { schema: 0, zeroThreshold: 0.5, maxBuckets: 160 } }, [3]);
    const { shape } = await record();
    expect(shape).toMatchObject({
      ...{ kind: 'native', schema: 0, zeroThreshold: 0.5, zeroCount: 1 },
      positive: { indexes: [0, 1, 2, 7], counts: [1, 1, 1, 1] },
      window: [{ zeroCount: 0 }, { zeroCount: 1, positive: { indexes: [0, 1, 7], counts: [1, 1, 1] } }],
    });
  });

  it('is lowered by the script to have at most maxBuckets, down to schema -4', async () => {
    const values = Array.from({ length: 40 }, (_, i) => 1.3 ** i);
    await observe({ native: { ...NATIVE, maxBuckets: 20 } }, values.slice(0, 20));
    await observe({ native: { ...NATIVE, maxBuckets: 20 } }, values.slice(20));
    const { shape, count } = await record();
    expect([count, shape.kind === 'native' && [shape.schema, shape.positive.indexes.length]]).toEqual([40, [0, 16]]);
    await observe({ native: { ...NATIVE, maxBuckets: 1 } }, [1e-300, 1e300, -1]);
    expect((await record()).shape).toMatchObject({ schema: -4, negative: { indexes: [0], counts: [1] } });
  });

  it('adds up exactly as the reference does, in whatever order', async () => {
    const kind = fc.record({
      schema: fc.integer({ min: -4, max: 8 }),
      zeroThreshold: fc.oneof(fc.constantFrom(0, THRESHOLD, 0.001, 1, 3), fc.double({ min: 0, max: 100, noNaN: true })),
      maxBuckets: fc.constantFrom(1, 5, 20, 160),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(kind, observations), { minLength: 1, maxLength: 8 }), async (calls) => {
        await server.client.flushall();
        let expected: NativeState | undefined;
        for (const [native, values] of calls) {
          expect(await observe({ native }, values)).toMatchObject(APPLIED);
          const added = nativeOf(values, native);
          const empty = { ...added, zeroCount: 0, positive: new Map(), negative: new Map() };
          expected = addNative(expected ?? empty, added, native.maxBuckets);
          expect(await stored()).toMatchObject(fieldsOfNative(expected));
          expect((await record()).count).toBe(nativeCumulative(await record()).at(-1)?.[1] ?? 0);
        }
      }),
      { numRuns: 150 },
    );
  });
});

const finite = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.constantFrom(0, 1, 2, 4, -1, 0.5, 1e-300, 5e-324, -1e300, 1e300),
);
const observations = fc.array(finite, { minLength: 1, maxLength: 12 });

describe('writers of both forms', () => {
  const classic = { bounds: [1, 5, 20] };

  it('count in the form of the other at the upper bound of a bucket', async () => {
    await observe(classic, [0.5, 3, 100]);
    await observe({ native: { ...NATIVE, schema: 0 } }, [0.5, 3, 100, 4.5]);
    // 3 is known to be at most 5 by the one, and at most 4 by the other; 4.5 at most 8.
    expect(await stored()).toMatchObject({
      ...{ count: 7, sum: 211.5, bounds: [1, 5, 20], counts: [2, 2, 1, 2] },
      positive: { indexes: [-1, 0, 2, 3, 7, 1025], counts: [1, 1, 1, 2, 1, 1] },
    });
    expect(await fieldsOf(server.client, FAMILY)).toMatchObject({
      native: { schema: 0 },
      bounds: [1, 5, 20],
      layouts: [{ bounds: [1, 5, 20] }, { native: true }],
    });
    await observe(classic, [20]);
    expect(await stored()).toMatchObject({ count: 8, counts: [2, 2, 2, 2] });
  });

  it('leave the form that nobody writes any more after its lease', async () => {
    await observe(classic, [0.5]);
    await observe({ native: NATIVE }, [3]);
    await expireLayouts();
    await observe({ native: NATIVE }, [3]);
    expect(await stored()).not.toHaveProperty('counts');
    expect(await stored()).toMatchObject({ count: 3, sum: 6.5, schema: 3 });
    await observe(classic, [3]);
    await expireLayouts();
    await observe(classic, [3]);
    expect(await stored()).not.toHaveProperty('schema');
    expect(await stored()).toMatchObject({ count: 5, sum: 12.5, counts: [1, 4, 0, 0] });
    expect(await fieldsOf(server.client, FAMILY)).toEqual({ type: 'histogram', bounds: [1, 5, 20], declared: batches });
  });

  it('lose nothing, and let no count up to a bound fall, in whatever order they write', async () => {
    const native = fc.record({
      schema: fc.integer({ min: -4, max: 8 }),
      zeroThreshold: fc.constantFrom(0, THRESHOLD, 0.25, 2),
      maxBuckets: fc.constantFrom(10, 160),
    });
    const bounds = fc.constantFrom([1], [1, 5, 20], [-10, 0, 5], [0.001, 100], [2, 4, 8, 16]);
    const kind = fc.oneof(fc.record({ native }), fc.record({ bounds }), fc.record({ native, bounds }));
    const step = fc.record({ kind, values: observations, forgets: fc.boolean(), turns: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        await server.client.flushall();
        let count = 0;
        let sum = 0;
        let before: {
          native: readonly (readonly [number, number])[];
          classic: readonly (readonly [number, number])[];
        } = {
          native: [],
          classic: [],
        };
        for (const { kind, values, forgets, turns } of steps) {
          if (forgets && count > 0) await expireLayouts();
          if (turns && count > 0) await age(61_000);
          expect(await observe(kind, values)).toMatchObject(APPLIED);
          count += values.length;
          sum += values.reduce((total, value) => total + value, 0);
          const now = await record();
          expect([now.count, now.sum]).toEqual([count, sum]);
          const shown = { native: nativeCumulative(now), classic: classicCumulative(now) };
          for (const form of ['native', 'classic'] as const) {
            const counts = new Map(shown[form]);
            for (const [bound, earlier] of before[form]) {
              if (counts.has(bound)) expect(counts.get(bound)).toBeGreaterThanOrEqual(earlier);
            }
            if (shown[form].length > 0) expect(shown[form].at(-1)?.[1]).toBe(count);
          }
          before = {
            native: shown.native.length > 0 ? shown.native : before.native,
            classic: shown.classic.length > 0 ? shown.classic : before.classic,
          };
        }
      }),
      { numRuns: 250 },
    );
  });
});
