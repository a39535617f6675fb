import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { bucketIndex, type MergeAnswer } from '@redmeter/metric-format';
import fc from 'fast-check';
import { fieldsOf, HISTOGRAM_KEY, keys, merge, recordOf } from './merge-call.js';

const FAMILY = keys.family('took_ms');
const HOUR_MS = 3_600_000;
const REFUSED = { kind: 'applied', refusals: new Map([[1, 'bounds_changed']]) };
const APPLIED = { kind: 'applied', refusals: new Map() };
const server = useRedisServer({ flushBeforeEach: true });
let batches = 0;

/** One batch of observations of a process with these bounds, by a writer of its own. */
function observe(bounds: readonly number[], values: readonly number[], family: object = {}): Promise<MergeAnswer> {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const index = bucketIndex(bounds, value);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  return call(bounds, { type: 'histogram', counts, sum }, family);
}

function call(bounds: readonly number[], operation: object, family: object = {}): Promise<MergeAnswer> {
  return merge(server.client, {
    incarnation: `w${(batches += 1)}`,
    ttlMs: HOUR_MS,
    families: { took_ms: { type: 'histogram', bounds, declared: batches, lease: HOUR_MS, ...family } },
    series: [[HISTOGRAM_KEY, { ...operation, family: 'took_ms' }]],
  });
}

/** Makes the layouts expire that are not renewed, as if the time had passed. */
async function expireLayouts(): Promise<void> {
  const text = (await server.client.get(FAMILY)) ?? '';
  await server.client.set(FAMILY, text.replace(/"expires":\d+/g, '"expires":1'), 'KEEPTTL');
}

/** Observations up to each bound, as a reader shows them. */
async function shown(): Promise<Record<string, number>> {
  const record = await recordOf(server.client, 'histogram', HISTOGRAM_KEY);
  if (record.type !== 'histogram' || record.shape.kind !== 'buckets') throw new Error('expected buckets');
  const { bounds, counts } = record.shape;
  let total = 0;
  const buckets = bounds.map((bound, i) => [String(bound), (total += counts[i] ?? 0)] as const);
  return { ...Object.fromEntries(buckets), '+Inf': record.count };
}

describe('processes with different buckets', () => {
  it('are all counted, each observation under the bound that its process counted it under', async () => {
    expect(await observe([5, 10], [1, 7, 20])).toMatchObject(APPLIED);
    expect(await observe([5, 20], [1, 7, 20])).toMatchObject(APPLIED);
    // Of the second process it is not known whether its 7 is at most 10.
    expect(await shown()).toEqual({ 5: 2, 10: 3, 20: 5, '+Inf': 6 });
    expect(await recordOf(server.client, 'histogram', HISTOGRAM_KEY)).toMatchObject({ count: 6, sum: 56 });
    expect(await fieldsOf(server.client, FAMILY)).toMatchObject({
      bounds: [5, 10, 20],
      layouts: [{ bounds: [5, 10] }, { bounds: [5, 20] }],
    });
  });

  it('begin no new count, whichever starts, stops and starts again', async () => {
    await observe([5, 10], [1]);
    const { created } = await fieldsOf(server.client, HISTOGRAM_KEY);
    for (const bounds of [[9], [5, 10], [9], [7], [5, 10]]) {
      await observe(bounds, [1]);
      await expireLayouts();
    }
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: 6, sum: 6, created });
  });

  it('have the buckets of those alone that still observe, once the lease of the others is over', async () => {
    await observe([5, 10], [1, 7], { lease: 1 });
    await observe([9], [1, 20]);
    expect(Object.keys(await shown())).toEqual(['5', '9', '10', '+Inf']);
    await expireLayouts();
    await observe([9], [1]);
    expect(await shown()).toEqual({ 9: 3, '+Inf': 5 });
    expect(await fieldsOf(server.client, FAMILY)).toEqual({ type: 'histogram', bounds: [9], declared: batches });
  });

  it('leave a layout after the time that its writer set, 30 s by default', async () => {
    await observe([5], [1]);
    for (const [family, expected] of [
      [{ lease: 7000 }, 7000],
      [{ lease: undefined }, 30_000],
      [{ lease: 10 * HOUR_MS }, HOUR_MS],
    ] as const) {
      await observe([9], [1], family);
      const { layouts } = (await fieldsOf(server.client, FAMILY)) as {
        layouts: { bounds: number[]; expires: number }[];
      };
      const { expires = 0 } = layouts.find(({ bounds }) => bounds[0] === 9) ?? {};
      expect(Math.abs(expires - Date.now() - expected)).toBeLessThan(5000);
    }
  });

  it('show a bucket that comes back with at least what it showed before', async () => {
    await observe([5, 10], [1, 1, 7]);
    await observe([9], [1, 8]);
    await expireLayouts();
    await observe([9], [1, 20]);
    expect(await shown()).toEqual({ 9: 5, '+Inf': 7 });
    await observe([5, 10], [7]);
    expect(await shown()).toEqual({ 5: 2, 9: 5, 10: 7, '+Inf': 8 });
  });

  it('keep the counts of retired buckets for a day', async () => {
    await observe([5], [1]);
    await observe([9], [1]);
    await expireLayouts();
    await observe([9], [1]);
    const text = (await server.client.get(HISTOGRAM_KEY)) ?? '';
    const hoursAgo = async (hours: number): Promise<unknown> => {
      const aged = text.replace(/("retired":{"since":)\d+/, `$1${Date.now() - hours * HOUR_MS}`);
      // Not renewed a moment ago, so that it is read as a whole.
      await server.client.set(HISTOGRAM_KEY, aged.replace(/"timestamp":\d+/, '"timestamp":1'));
      await observe([9], [1]);
      return (await fieldsOf(server.client, HISTOGRAM_KEY))['retired'];
    };
    expect(await hoursAgo(23)).toMatchObject({ bounds: [5, 9], counts: [1, 1, 0] });
    expect(await hoursAgo(25)).toBeUndefined();
    expect(await shown()).toEqual({ 9: 4, '+Inf': 4 });
  });

  it.each([
    ['more than a reader takes', { since: 1, bounds: [5, 9], counts: [1, 9, 0] }],
    ['bounds that are none', { since: 1, bounds: [9, 5], counts: [1, 1, 0] }],
    ['half a count', { since: 1, bounds: [5, 9], counts: [0.5, 1, 0] }],
    ['no list', 'nothing'],
  ])('count on where retired buckets hold %s', async (_what, retired) => {
    const now = Date.now();
    const given = typeof retired === 'string' ? retired : { ...retired, since: now };
    const record = { count: 3, sum: 4, bounds: [9], counts: [2, 1], retired: given, created: 5 };
    await server.client.set(HISTOGRAM_KEY, JSON.stringify({ type: 'histogram', ...record }));
    expect(await observe([5], [1])).toMatchObject(APPLIED);
    expect(await shown()).toEqual({ 5: 1, '+Inf': 4 });
  });

  it('begin the window of percentiles again where the buckets change', async () => {
    await observe([5, 10], [1, 7]);
    await observe([7, 10], [1]);
    const record = await fieldsOf(server.client, HISTOGRAM_KEY);
    expect(record['window']).toEqual([{ since: expect.any(Number), counts: [1, 0, 1, 0] }]);
    expect(record['counts']).toEqual([1, 1, 1, 0]);
  });

  it('keep a series alive, or remove it, without a say in its buckets', async () => {
    await observe([5], [1]);
    const before = [await server.client.get(FAMILY), await server.client.get(HISTOGRAM_KEY)];
    await server.client.pexpire(HISTOGRAM_KEY, 1000);
    await server.client.pexpire(FAMILY, 1000);
    expect(await call([9], { touch: true })).toMatchObject(APPLIED);
    expect([await server.client.get(FAMILY), await server.client.get(HISTOGRAM_KEY)]).toEqual(before);
    expect(await server.client.pttl(HISTOGRAM_KEY)).toBeGreaterThan(HOUR_MS / 2);
    expect(await server.client.pttl(FAMILY)).toBeGreaterThan(HOUR_MS / 2);
    await call([9], { remove: true });
    expect(await server.client.exists(HISTOGRAM_KEY)).toBe(0);
  });

  it('join a family record that people wrote', async () => {
    await server.client.set(FAMILY, '{"type":"histogram","unit":"ms","bounds":[5]}');
    await observe([-0, 9], [1]);
    expect(await fieldsOf(server.client, FAMILY)).toMatchObject({
      unit: 'ms',
      bounds: [0, 5, 9],
      layouts: [{ bounds: [5] }, { bounds: [0, 9] }],
    });
  });

  it.each([
    ['no list', '"garbage"'],
    ['a layout that is none', '[7,null,{"bounds":[2,1],"expires":9e15},{"bounds":[3]}]'],
    ['nothing', 'null'],
  ])('count on where the family record lists %s', async (_what, layouts) => {
    await server.client.set(FAMILY, `{"type":"histogram","bounds":[5],"layouts":${layouts},"declared":1}`);
    expect(await observe([9], [1])).toMatchObject(APPLIED);
    expect(Object.keys(await shown())).toContain('9');
  });

  it('do not keep a layout for longer than a series lives, whatever the clock said that wrote it', async () => {
    await server.client.set(
      FAMILY,
      '{"type":"histogram","bounds":[5],"layouts":[{"bounds":[5],"expires":9e15}],"declared":1}',
    );
    await observe([9], [1]);
    const { layouts } = (await fieldsOf(server.client, FAMILY)) as { layouts: { expires: number }[] };
    expect(layouts[0]?.expires).toBeLessThanOrEqual(Date.now() + HOUR_MS + 1000);
  });
});

describe('a process with buckets that do not fit beside the others', () => {
  const many = (from: number): number[] => Array.from({ length: 101 }, (_, i) => from + i);

  it.each([
    ['more than 8 layouts', [1, 2, 3, 4, 5, 6, 7, 8].map((bound) => [bound]), [9]],
    ['more than 200 bounds', [many(0)], many(1000)],
  ])('is refused: %s', async (_limit, others, own) => {
    for (const bounds of others) expect(await observe(bounds, [1])).toMatchObject(APPLIED);
    const before = await fieldsOf(server.client, FAMILY);
    expect(await observe(own, [1])).toMatchObject(REFUSED);
    expect(await fieldsOf(server.client, FAMILY)).toMatchObject(before);
    expect(await server.client.pttl(FAMILY)).toBeGreaterThan(0);
    // Those that are there go on.
    expect(await observe(others[0] ?? [], [1])).toMatchObject(APPLIED);
    expect(await observe(own, [1])).toMatchObject(REFUSED);
    await expireLayouts();
    expect(await observe(own, [1])).toMatchObject(APPLIED);
    expect(await recordOf(server.client, 'histogram', HISTOGRAM_KEY)).toMatchObject({ count: others.length + 2 });
  });
});

it('holds at each bound, at every moment, what the processes know to lie below it', async () => {
  const bound = fc.integer({ min: 0, max: 12 });
  const layout = fc.uniqueArray(bound, { minLength: 1, maxLength: 4 }).map((bounds) => bounds.sort((a, b) => a - b));
  const step = fc.record({
    process: fc.nat(),
    values: fc.array(fc.integer({ min: -1, max: 14 }), { minLength: 1, maxLength: 5 }),
    isLong: fc.boolean(),
    othersExpire: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(layout, { minLength: 1, maxLength: 4 }),
      fc.array(step, { minLength: 1, maxLength: 15 }),
      async (layouts, steps) => {
        await server.client.flushall();
        /** For each observation, the upper bound of the bucket that its process counted it in. */
        const known: number[] = [];
        let before: Record<string, number> = {};
        for (const { process, values, isLong, othersExpire } of steps) {
          const own = layouts[process % layouts.length] ?? [];
          if (othersExpire) await expireLayouts();
          await observe(own, values, { lease: isLong ? HOUR_MS : 1 });
          for (const value of values) known.push(own[bucketIndex(own, value)] ?? Number.POSITIVE_INFINITY);
          const now = await shown();
          const expected = Object.keys(now).map((le) => {
            const limit = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
            return [le, known.filter((upper) => upper <= limit).length];
          });
          expect(now).toEqual(Object.fromEntries(expected));
          for (const own_ of own) expect(now).toHaveProperty([String(own_)]);
          for (const [le, count] of Object.entries(before)) expect(now[le] ?? count).toBeGreaterThanOrEqual(count);
          before = { ...before, ...now };
        }
      },
    ),
    { numRuns: 60 },
  );
});
