import { describe, expect, it } from '@jest/globals';
import type { MergeAnswer } from '@redmeter/metric-format';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { fieldsOf, increment, keys, merge, valueOf } from '../merge-call.js';
import { exact, nearest, ulp } from './exact-double.js';

const server = useRedisServer({ flushBeforeEach: true });

const TTL_MS = 60_000;
const KEYS = { counter: 'metrics:counter:bytes', gauge: 'metrics:gauge:open' } as const;
const FAMILIES = { counter: { bytes: { type: 'counter' } }, gauge: { open: { type: 'gauge', mode: 'sum' } } } as const;

/** A total of a stream; times in seconds. */
interface Point {
  readonly stream: string;
  readonly start?: number;
  readonly time: number;
  readonly value: number;
  readonly whole?: true;
}

const nanos = (seconds: number): string => `${1_767_225_600 + seconds}000000000`;

let batches = 0;

/** Writes the totals of one series in one call. */
async function write(type: 'counter' | 'gauge', points: readonly Point[], batch?: number): Promise<MergeAnswer> {
  batches += 1;
  const streams = [...new Set(points.map(({ stream }) => stream))];
  const totals = points.map(({ stream, start, time, value, whole }) => ({
    stream: streams.indexOf(stream) + 1,
    ...(start === undefined ? {} : { start: nanos(start) }),
    time: nanos(time),
    value,
    ...(whole === undefined ? {} : { whole }),
  }));
  const family = type === 'counter' ? 'bytes' : 'open';
  const operation = { type, family, totals, ...(type === 'gauge' ? { mode: 'sum' } : {}) };
  return merge(server.client, {
    incarnation: batch === undefined ? `one-${batches}` : 'w',
    batch: batch ?? 1,
    ttlMs: TTL_MS,
    families: FAMILIES[type],
    streams,
    series: [[KEYS[type], operation]],
  });
}

const counted = async (): Promise<number> => valueOf(server.client, 'counter', KEYS.counter);
const shown = async (): Promise<number> => valueOf(server.client, 'gauge', KEYS.gauge);
const notes = (answer: MergeAnswer): unknown =>
  answer.kind === 'applied' || answer.kind === 'duplicate' ? Object.fromEntries(answer.totals.get(1) ?? []) : answer;

describe('a total of a counter', () => {
  it('adds what it is more than the one before', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    expect(await counted()).toBe(100);
    await write('counter', [{ stream: 'a', start: 0, time: 20, value: 130 }]);
    expect(await counted()).toBe(130);
  });

  it('adds up with those of other streams, and with increments', async () => {
    await write('counter', [
      { stream: 'a', start: 0, time: 10, value: 100 },
      { stream: 'b', start: 5, time: 10, value: 7 },
    ]);
    await merge(server.client, {
      families: FAMILIES.counter,
      series: [[KEYS.counter, { type: 'counter', family: 'bytes', add: 1000 }]],
    });
    await write('counter', [{ stream: 'b', start: 5, time: 20, value: 8 }]);
    expect(await counted()).toBe(1108);
  });

  it('that is sent again in another call adds nothing', async () => {
    const first = { stream: 'a', start: 0, time: 10, value: 100 };
    const second = { stream: 'a', start: 0, time: 20, value: 130 };
    await write('counter', [first]);
    expect(notes(await write('counter', [first, second]))).toEqual({ repeated: 1 });
    expect(notes(await write('counter', [second, first]))).toEqual({ repeated: 2 });
    expect(await counted()).toBe(130);
  });

  it('that is sent again in the same batch is a duplicate, with the same notes', async () => {
    const points = [
      { stream: 'a', start: 0, time: 10, value: 100 },
      { stream: 'a', start: 0, time: 10, value: 100 },
    ];
    const applied = await write('counter', points, 1);
    const duplicate = await write('counter', points, 1);
    expect([applied.kind, duplicate.kind]).toEqual(['applied', 'duplicate']);
    expect(notes(applied)).toEqual({ repeated: 1 });
    expect(notes(duplicate)).toEqual({ repeated: 1 });
    expect(await counted()).toBe(100);
  });

  it('of a later start counts whole, one of an earlier start not', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    await write('counter', [{ stream: 'a', start: 15, time: 20, value: 30 }]);
    expect(notes(await write('counter', [{ stream: 'a', start: 0, time: 14, value: 110 }]))).toEqual({
      out_of_order: 1,
    });
    expect(await counted()).toBe(130);
  });

  it('that fell with the same start counts whole', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    expect(notes(await write('counter', [{ stream: 'a', start: 0, time: 20, value: 4 }]))).toEqual({ reset: 1 });
    await write('counter', [{ stream: 'a', start: 0, time: 30, value: 6 }]);
    expect(await counted()).toBe(106);
  });

  it.each([
    ['without a start', {}],
    ['of no duration', { start: 10 }],
  ])('%s is what later ones are compared with', async (_what, start) => {
    expect(notes(await write('counter', [{ stream: 'a', ...start, time: 10, value: 100 }]))).toEqual({ baseline: 1 });
    expect(await counted()).toBe(0);
    await write('counter', [{ stream: 'a', ...start, time: 20, value: 107 }]);
    expect(await counted()).toBe(7);
  });

  it('of an old stream without a state adds nothing to a series that is there', async () => {
    const old = { stream: 'a', start: 0, time: 1000, value: 100 };
    await write('counter', [old]);
    expect(await counted()).toBe(100);
    await server.client.del(keys.total('a'));
    expect(notes(await write('counter', [{ ...old, time: 1010, value: 105 }]))).toEqual({ baseline: 1 });
    await write('counter', [{ ...old, time: 1020, value: 106 }]);
    expect(await counted()).toBe(101);
  });

  it('of an old stream counts whole where its source was never silent', async () => {
    await write('counter', [{ stream: 'b', start: 990, time: 1000, value: 3 }]);
    const old = { stream: 'a', start: 0, time: 1000, value: 100, whole: true } as const;
    expect(notes(await write('counter', [old]))).toEqual({});
    expect(await counted()).toBe(103);
    await write('counter', [{ ...old, time: 1010, value: 105 }]);
    expect(await counted()).toBe(108);
  });

  it('that would make a counter infinite is refused', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 5 }]);
    const huge = { start: 0, time: 10, value: 1.7e308 };
    const answer = await write('counter', [
      { ...huge, stream: 'b' },
      { ...huge, stream: 'c' },
    ]);
    expect(answer.kind === 'applied' && [...answer.refusals]).toEqual([[1, 'overflow']]);
    expect(await counted()).toBe(5);
  });

  it('goes on counting where its series was lost', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    await server.client.del(KEYS.counter);
    await write('counter', [{ stream: 'a', start: 0, time: 20, value: 130 }]);
    expect(await counted()).toBe(30);
  });

  it('that is refused is not taken in: the next one adds it too', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    await server.client.set(KEYS.counter, 'garbage');
    expect(await write('counter', [{ stream: 'a', start: 0, time: 20, value: 130 }])).toMatchObject({
      refusals: new Map([[1, 'unreadable_value']]),
    });
    await server.client.del(KEYS.counter);
    await write('counter', [{ stream: 'a', start: 0, time: 30, value: 131 }]);
    expect(await counted()).toBe(31);
  });

  it('that is the same as before keeps its series alive, and does not change it', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 100 }]);
    const before = await server.client.get(keys.revision);
    await server.client.pexpire(KEYS.counter, 1000);
    await write('counter', [{ stream: 'a', start: 0, time: 20, value: 100 }]);
    expect(await server.client.pttl(KEYS.counter)).toBeGreaterThan(1000);
    expect(await server.client.get(keys.revision)).toBe(before);
  });

  it('of 0 makes a series of 0', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 0 }]);
    expect(await counted()).toBe(0);
  });

  it('is known for twice as long as series live', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 1 }]);
    const left = await server.client.pttl(keys.total('a'));
    expect(left).toBeGreaterThan(TTL_MS);
    expect(left).toBeLessThanOrEqual(2 * TTL_MS);
  });

  it('is added to a bare number', async () => {
    await server.client.set(KEYS.counter, '5');
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: 1.5 }]);
    await write('counter', [{ stream: 'a', start: 0, time: 20, value: 3.5 }]);
    expect(await server.client.get(KEYS.counter)).toBe('8.5');
  });

  it('that would make a counter infinite is refused', async () => {
    await write('counter', [{ stream: 'a', start: 0, time: 10, value: Number.MAX_VALUE }]);
    const answer = await write('counter', [{ stream: 'b', start: 0, time: 10, value: Number.MAX_VALUE }]);
    expect(answer).toMatchObject({ refusals: new Map([[1, 'overflow']]) });
    expect(await counted()).toBe(Number.MAX_VALUE);
  });
});

describe('a total of a gauge of mode sum', () => {
  it('replaces what its stream had, whichever start it has', async () => {
    await write('gauge', [
      { stream: 'a', start: 0, time: 10, value: 5 },
      { stream: 'b', start: 0, time: 10, value: 3 },
    ]);
    await write('gauge', [{ stream: 'a', start: 0, time: 20, value: 2 }]);
    expect(await shown()).toBe(5);
    await write('gauge', [{ stream: 'a', start: 25, time: 30, value: -1 }]);
    expect(await shown()).toBe(2);
    expect(notes(await write('gauge', [{ stream: 'a', start: 0, time: 24, value: 9 }]))).toEqual({ out_of_order: 1 });
    expect(await shown()).toBe(2);
  });

  it('counts whole where the gauge was lost, and where its start is not known', async () => {
    await write('gauge', [{ stream: 'a', time: 10, value: 5 }]);
    await server.client.del(KEYS.gauge);
    await write('gauge', [
      { stream: 'a', time: 20, value: 6 },
      { stream: 'a', time: 30, value: 7 },
    ]);
    expect(await shown()).toBe(7);
  });
});

describe('a malformed total', () => {
  const total = { stream: 1, start: nanos(0), time: nanos(10), value: 1 };
  it.each([
    ['of no stream', { ...total, stream: 2 }],
    ['of half a stream', { ...total, stream: 0.5 }],
    ['without a time', { ...total, time: undefined }],
    ['with a time that is a number', { ...total, time: 5 }],
    ['with a start that is no time', { ...total, start: 'x' }],
    ['without a value', { ...total, value: undefined }],
    ['below 0', { ...total, value: -1 }],
  ])('%s makes the call malformed', async (_what, told) => {
    const call = merge(server.client, {
      families: FAMILIES.counter,
      streams: ['a'],
      series: [[KEYS.counter, { type: 'counter', family: 'bytes', totals: [told] }]],
    });
    await expect(call).rejects.toThrow('ERR redmeter merge: ARGV[10]: expected an operation on a counter');
    expect(await server.client.dbsize()).toBe(0);
  });

  it('comes not together with an increment', async () => {
    const call = merge(server.client, {
      families: FAMILIES.counter,
      streams: ['a'],
      series: [[KEYS.counter, { type: 'counter', family: 'bytes', totals: [total], add: 1 }]],
    });
    await expect(call).rejects.toThrow('expected an operation on a counter');
  });

  it('points that are no totals are ignored', async () => {
    const [[key, operation] = [KEYS.counter, { family: 'events' }]] = increment(5).series;
    await merge(server.client, { ...increment(5), series: [[key, { ...operation, points: [{ key: 'x' }] }]] });
    expect(await fieldsOf(server.client, key)).toMatchObject({ value: 5 });
  });
});

/** What happens to a stream between two totals. */
const step = fc.record({
  stream: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom('count', 'count', 'count', 'restart', 'again', 'together', 'older'),
  by: fc.oneof(
    fc.integer({ min: 0, max: 1000 }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.double({ min: 0, max: 1e-9, noNaN: true }),
  ),
});

describe('in any history, with restarts, repetitions and late points', () => {
  it.each([1, 4])('a counter is the sum of all that %d streams counted', async (streamCount) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        await server.client.flushall();
        const sent: Point[] = [];
        const held: Point[] = [];
        const last = new Map<string, Point>();
        let sum = 0n;
        let time = 0;
        for (const { stream: n, what, by } of steps) {
          time += 1;
          const stream = `s${n % streamCount}`;
          const before = last.get(stream);
          if (what === 'again' && sent.length > 0) {
            await write('counter', sent.slice(-(n + 1)));
            continue;
          }
          if (what === 'older' && sent.length > 0) {
            await write('counter', sent.slice(0, n + 1));
            continue;
          }
          const isNew = before === undefined || what === 'restart';
          const value = isNew ? by : before.value + by;
          const point = { stream, start: isNew ? time : (before.start ?? 0), time: time + 1, value };
          sum += exact(value) - (isNew ? 0n : exact(before.value));
          last.set(stream, point);
          time += 1;
          held.push(point);
          if (what === 'together') continue;
          await write('counter', held);
          sent.push(...held.splice(0));
        }
        if (held.length > 0) await write('counter', held);
        if (last.size === 0) return;
        const value = await counted();
        const expected = nearest(sum);
        // Each stream can hold back what a rounding took away; the next total of it adds that.
        const isOne = streamCount === 1 && !steps.some(({ what }) => what === 'restart');
        const lost = isOne ? 0 : streamCount * ulp(expected);
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(lost);
      }),
      { numRuns: 60 },
    );
  });
});
