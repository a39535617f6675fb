import { describe, expect, it } from '@jest/globals';
import { addNative, lowerSchema, type MergeAnswer, type NativeBuckets } from '@redmeter/metric-format';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { fieldsOf, keys, merge } from '../merge-call.js';

const server = useRedisServer({ flushBeforeEach: true });

const KEY = 'metrics:histogram:took_ms';
const nanos = (seconds: number): string => `${1_767_225_600 + seconds}000000000`;

/** The observations of a total: in buckets by bounds, or native ones. */
interface Observed {
  readonly counts?: readonly number[];
  readonly native?: NativeBuckets;
  readonly sum: number | string;
}

interface Point extends Observed {
  readonly stream: string;
  readonly start: number;
  readonly time: number;
}

let batches = 0;

async function write(points: readonly Point[], bounds: readonly number[] = [5, 10]): Promise<MergeAnswer> {
  batches += 1;
  const streams = [...new Set(points.map(({ stream }) => stream))];
  const isNative = points.some(({ native }) => native !== undefined);
  const totals = points.map(({ stream, start, time, counts, native, sum }) => ({
    stream: streams.indexOf(stream) + 1,
    start: nanos(start),
    time: nanos(time),
    ...native,
    ...(counts === undefined ? {} : { counts }),
    sum,
  }));
  return merge(server.client, {
    incarnation: `h-${batches}`,
    families: {
      took_ms: { type: 'histogram', ...(isNative ? { native: { schema: 8, zeroThreshold: 0 } } : { bounds }) },
    },
    streams,
    series: [[KEY, { type: 'histogram', family: 'took_ms', totals }]],
  });
}

const notes = (answer: MergeAnswer): unknown =>
  answer.kind === 'applied' ? Object.fromEntries(answer.totals.get(1) ?? []) : answer;

const stored = async (): Promise<Record<string, unknown>> => fieldsOf(server.client, KEY);

describe('a total of a histogram with bounds', () => {
  const of = (counts: readonly number[], sum: number | string, time: number, stream = 'a'): Point => ({
    ...{ stream, start: 0, time, counts, sum },
  });

  it('adds what it has more than the one before', async () => {
    await write([of([1, 2, 3], 50.1, 10), of([0, 1, 0], 7, 10, 'b')]);
    expect(notes(await write([of([1, 2, 3], 50.1, 10), of([2, 2, 5], 80.3, 20)]))).toEqual({ repeated: 1 });
    expect(await stored()).toMatchObject({ count: 10, counts: [2, 3, 5], sum: 87.3 });
  });

  it('counts whole when any bucket fell, and by a later start', async () => {
    await write([of([1, 2, 3], 50, 10)]);
    expect(notes(await write([of([2, 1, 9], 60, 20)]))).toEqual({ reset: 1 });
    await write([{ ...of([0, 0, 1], 11, 30), start: 25 }]);
    expect(await stored()).toMatchObject({ counts: [3, 3, 13], sum: 121 });
  });

  it('with other bounds and the same start adds nothing, and is what later ones are compared with', async () => {
    await write([of([1, 2, 3], 50, 10)]);
    expect(notes(await write([of([3, 4, 5], 90, 20)], [5, 20]))).toEqual({ other_buckets: 1 });
    await write([of([3, 5, 5], 99, 30)], [5, 20]);
    expect(await stored()).toMatchObject({ count: 7, sum: 59 });
  });

  it('that is the same as before changes nothing, and a first one of nothing makes the series', async () => {
    await write([of([0, 0, 0], 0, 10)]);
    expect(await stored()).toMatchObject({ count: 0, counts: [0, 0, 0] });
    const before = await server.client.get(keys.revision);
    await write([of([0, 0, 0], 0, 20)]);
    expect(await server.client.get(keys.revision)).toBe(before);
  });

  it('of no duration is what later ones are compared with', async () => {
    expect(notes(await write([{ ...of([1, 2, 3], 50, 10), start: 10 }]))).toEqual({ baseline: 1 });
    await write([{ ...of([1, 2, 4], 61, 20), start: 10 }]);
    expect(await stored()).toMatchObject({ count: 1, counts: [0, 0, 1], sum: 11 });
  });

  it.each(['+Inf', '-Inf', 'NaN'])('can have the sum %s', async (sum) => {
    await write([of([1, 0, 0], 3, 10)]);
    await write([of([2, 0, 0], sum, 20)]);
    await write([of([3, 0, 0], sum, 30)]);
    expect(await stored()).toMatchObject({ count: 3, sum });
  });

  it.each([
    ['without counts', { sum: 1 }],
    ['without a sum', { counts: [1, 0, 0] }],
    ['with too few counts', { counts: [1], sum: 1 }],
  ])('%s makes the call malformed', async (_what, told) => {
    const call = write([{ stream: 'a', start: 0, time: 10, ...told } as Point]);
    await expect(call).rejects.toThrow('expected an operation on a histogram');
  });
});

const NOTHING: NativeBuckets = {
  schema: 8,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: { indexes: [], counts: [] },
  negative: { indexes: [], counts: [] },
};

const side = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -60, max: 60 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 6,
    selector: ([index]) => index,
  })
  .map((pairs) => pairs.sort(([a], [b]) => a - b))
  .map((pairs) => ({ indexes: pairs.map(([index]) => index), counts: pairs.map(([, count]) => count) }));

/** What happens to a stream between two totals: what it observes, and how. */
const step = fc.record({
  stream: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom('observe', 'observe', 'observe', 'restart', 'again', 'together', 'lower', 'widen'),
  counts: fc.array(fc.nat({ max: 5 }), { minLength: 3, maxLength: 3 }),
  native: fc.record({ zeroCount: fc.nat({ max: 3 }), positive: side, negative: side }),
  schema: fc.integer({ min: 0, max: 4 }),
  sum: fc.integer({ min: -1000, max: 1000 }),
});

describe('in any history of three streams, with restarts and repetitions', () => {
  const histories = fc.array(step, { minLength: 1, maxLength: 25 });
  const numRuns = 60;

  it('a histogram with bounds is the sum of all that was observed', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        await server.client.flushall();
        const last = new Map<string, Point & { readonly counts: readonly number[]; readonly sum: number }>();
        const sent: Point[] = [];
        const held: Point[] = [];
        const counts = [0, 0, 0];
        let sum = 0;
        for (const [i, { stream: n, what, counts: more, sum: moreSum }] of steps.entries()) {
          if (what === 'again' && sent.length > 0) {
            await write(sent.slice(-1 - n));
            continue;
          }
          const stream = `s${n}`;
          const before = what === 'restart' ? undefined : last.get(stream);
          const total = {
            ...{ stream, start: before?.start ?? 2 * i, time: 2 * i + 1 },
            counts: more.map((count, at) => count + (before?.counts[at] ?? 0)),
            sum: moreSum + (before?.sum ?? 0),
          };
          last.set(stream, total);
          for (const [at, count] of more.entries()) counts[at] = (counts[at] ?? 0) + count;
          sum += moreSum;
          held.push(total);
          if (what === 'together') continue;
          await write(held);
          sent.push(...held.splice(0));
        }
        if (held.length > 0) await write(held);
        expect(await stored()).toMatchObject({ counts, sum, count: counts.reduce((all, one) => all + one, 0) });
      }),
      { numRuns },
    );
  });

  it('a native histogram is the sum of all that was observed, though streams lower their schemas', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        await server.client.flushall();
        const last = new Map<string, Point & { readonly native: NativeBuckets; readonly sum: number }>();
        const sent: Point[] = [];
        let all = NOTHING;
        let sum = 0;
        for (const [i, { stream: n, what, native, schema, sum: moreSum }] of steps.entries()) {
          if (what === 'again' && sent.length > 0) {
            await write(sent.slice(-1 - n));
            continue;
          }
          const stream = `s${n}`;
          const before = what === 'restart' ? undefined : last.get(stream);
          const more = { ...NOTHING, schema: 4, ...native };
          let total = addNative(before?.native ?? { ...NOTHING, schema: 4 }, more);
          if (what === 'lower') total = lowerSchema(total, Math.min(total.schema, schema));
          if (what === 'widen') total = addNative(total, { ...NOTHING, schema: 4, zeroThreshold: 2 ** (schema - 6) });
          const point = {
            ...{ stream, start: before?.start ?? 2 * i, time: 2 * i + 1 },
            native: total,
            sum: moreSum + (before?.sum ?? 0),
          };
          last.set(stream, point);
          // With the totals at their schemas and thresholds, the order of adding up does not matter.
          all = addNative(addNative(all, more), {
            ...{ ...NOTHING, schema: total.schema, zeroThreshold: total.zeroThreshold },
          });
          sum += moreSum;
          await write([point]);
          sent.push(point);
        }
        expect(await stored()).toMatchObject({ schema: all.schema, zeroThreshold: all.zeroThreshold, sum });
        const { zeroCount, positive, negative } = (await stored()) as Partial<NativeBuckets>;
        const none = { indexes: [], counts: [] };
        expect({ zeroCount, positive: positive ?? none, negative: negative ?? none }).toEqual({
          ...{ zeroCount: all.zeroCount, positive: all.positive, negative: all.negative },
        });
      }),
      { numRuns },
    );
  });
});

it('takes native totals of thousands of buckets, each observation once', async () => {
  const of = (each: number, time: number): Point => {
    const indexes = Array.from({ length: 9000 }, (_, i) => i - 4500);
    const positive = { indexes, counts: indexes.map(() => each) };
    const native = { schema: 8, zeroThreshold: 0, zeroCount: 0, positive, negative: { indexes: [], counts: [] } };
    return { stream: 'a', start: 0, time, native, sum: each };
  };
  await write([of(1, 10)]);
  await write([of(3, 20)]);
  await write([of(3, 20)]);
  expect(await stored()).toMatchObject({ count: 27_000, sum: 3 });
});
