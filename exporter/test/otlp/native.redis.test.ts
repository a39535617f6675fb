import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { attributes, inProtobuf, minute, requestOf, sumMetric } from './otlp-body.js';
import { startTestReceiver, type TestReceiver } from './test-receiver.js';

let server: RedisServer;
let redis: Redis;
let receiver: TestReceiver;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
  receiver = await startTestReceiver(server);
});
afterAll(async () => {
  await receiver.stop();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

interface Buckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}
interface Point {
  readonly scale: number;
  readonly zeroCount: number;
  readonly sum: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
}
interface NativeRecord {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroCount: number;
  readonly positive?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
  readonly negative?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
  readonly exemplars?: readonly unknown[];
}

async function record(key: string): Promise<NativeRecord> {
  return JSON.parse((await redis.get(key)) ?? '{}') as NativeRecord;
}

const sizeOf = ({ zeroCount, positive, negative }: Point): number =>
  [zeroCount, ...positive.bucketCounts, ...negative.bucketCounts].reduce((sum, count) => sum + count, 0);

const exponential = (points: readonly unknown[], temporality = 1) => ({
  name: 'latency',
  exponentialHistogram: { aggregationTemporality: temporality, dataPoints: points },
});
const dataPoint = (point: Point, i: number): Record<string, unknown> => ({
  ...minute(i),
  ...point,
  count: String(sizeOf(point)),
});

/** Counts by index of a schema, as the wire format lowers them. */
function expected(points: readonly Point[], sign: 'positive' | 'negative', schema: number): Map<number, number> {
  const all = new Map<number, number>();
  for (const { scale, [sign]: buckets } of points) {
    for (const [i, count] of buckets.bucketCounts.entries()) {
      const index = Math.ceil((buckets.offset + i + 1) / 2 ** (scale - schema)) + 0;
      if (count > 0) all.set(index, (all.get(index) ?? 0) + count);
    }
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

describe('delta exponential histograms', () => {
  const buckets: fc.Arbitrary<Buckets> = fc.record({
    offset: fc.integer({ min: -60, max: 60 }),
    bucketCounts: fc.array(fc.nat(5), { maxLength: 200 }),
  });
  const point: fc.Arbitrary<Point> = fc.record({
    scale: fc.integer({ min: -3, max: 20 }),
    zeroCount: fc.nat(9),
    sum: fc.integer({ min: -1000, max: 1000 }),
    positive: buckets,
    negative: buckets,
  });

  test('add up exactly in native buckets, within requests, among them, and through retries', async () => {
    const requests = fc.array(
      fc.record({
        points: fc.array(point, { minLength: 1, maxLength: 4 }),
        times: fc.integer({ min: 1, max: 3 }),
        isJson: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(requests, async (all) => {
        await redis.flushall();
        for (const [i, { points, times, isJson }] of all.entries()) {
          const request = requestOf([exponential(points.map((one, j) => dataPoint(one, i * 10 + j)))]);
          const body = isJson ? request : inProtobuf(request);
          for (let sent = 0; sent < times; sent += 1) {
            const answer = await receiver.post(body);
            expect([answer.status, answer.json ?? String(answer.bytes)]).toEqual([200, isJson ? {} : '']);
          }
        }
        const points = all.flatMap((one) => one.points);
        const got = await record('metrics:histogram:latency');
        expect(got.count).toBe(points.reduce((sum, one) => sum + sizeOf(one), 0));
        expect(got.sum).toBe(points.reduce((sum, one) => sum + one.sum, 0));
        expect(got.zeroCount).toBe(points.reduce((sum, one) => sum + one.zeroCount, 0));
        for (const sign of ['positive', 'negative'] as const) {
          const { indexes = [], counts = [] } = got[sign] ?? {};
          const found = new Map(indexes.map((index, i) => [index, counts[i] ?? 0]));
          expect([...found]).toEqual([...expected(points, sign, got.schema)]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    [
      'a scale below -4 within doubles',
      { scale: -10, positive: { offset: -1, bucketCounts: [1, 2] } },
      [0, 64],
      [1, 2],
    ],
    [
      'a zero bucket that covers others',
      { scale: 0, zeroThreshold: 2, positive: { offset: 0, bucketCounts: [3, 1] } },
      [2],
      [1],
    ],
  ])('with %s are kept', async (_what, fields, indexes, counts) => {
    const all = fields.positive.bucketCounts.reduce((sum, count) => sum + count, 0);
    const answer = await receiver.post(requestOf([exponential([{ ...minute(), ...fields, count: all, sum: 1 }])]));
    expect(answer.json).toEqual({});
    expect(await record('metrics:histogram:latency')).toMatchObject({ count: all, positive: { indexes, counts } });
  });

  test.each([
    ['a wrong count', { count: 9, scale: 0, positive: { offset: 0, bucketCounts: [1] } }, 'expected a count of 1'],
    ['a scale too high', { count: 0, scale: 21 }, 'scale from -20 to 20, got 21'],
    ['a zero threshold that is none', { count: 0, scale: 0, zeroThreshold: 'NaN' }, 'finite zero threshold'],
    ['buckets beyond doubles', { count: 1, scale: 0, positive: { offset: 5000, bucketCounts: [1] } }, 'finite values'],
  ])('with %s are rejected by themselves', async (_what, fields, message) => {
    const answer = await receiver.post(
      requestOf([exponential([{ ...minute(), ...fields }]), sumMetric('good', [{ ...minute(), asInt: '1' }])]),
    );
    expect(answer.json).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining(message) },
    });
    expect(await redis.exists('metrics:counter:good')).toBe(1);
  });

  test('of many series take several calls', async () => {
    const bucketCounts = Array.from({ length: 100 }, () => 1);
    const points = Array.from({ length: 40 }, (_, i) => ({
      ...minute(),
      count: 100,
      scale: 3,
      positive: { offset: 0, bucketCounts },
      attributes: attributes({ i }),
    }));
    await receiver.post(requestOf([exponential(points)]));
    const [ledger = ''] = await redis.keys('metrics-meta:writer:*');
    // Each costs 16 of 128.
    expect(await redis.get(ledger)).toMatch(/^5\b/);
    expect(await redis.keys('metrics:histogram:latency:*')).toHaveLength(40);
  });
});

describe('exemplars', () => {
  const exemplar = (i: number, value: number, fields = {}) => ({
    timeUnixNano: minute(i).timeUnixNano,
    asDouble: value,
    traceId: `${i}`.padStart(32, '0'),
    spanId: `${i}`.padStart(16, '0'),
    ...fields,
  });
  const labels = (i: number) => ({ trace_id: `${i}`.padStart(32, '0'), span_id: `${i}`.padStart(16, '0') });
  const histogram = (exemplars: unknown) => ({
    name: 'latency',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ ...minute(), count: 1, sum: 1, bucketCounts: [1, 0], explicitBounds: [5], exemplars }],
    },
  });

  test('of sums and histograms are kept with the newest', async () => {
    const all = [
      exemplar(2, 1),
      exemplar(3, 2, { filteredAttributes: attributes({ user: 'a', long: 'x'.repeat(99) }) }),
    ];
    const points = [{ ...minute(), asInt: '3', exemplars: all }];
    const native = { ...minute(), scale: 0, count: 1, positive: { offset: 0, bucketCounts: [1] }, exemplars: all };
    await receiver.post(
      requestOf([sumMetric('orders', points), histogram(all), { ...exponential([native]), name: 'size' }]),
    );
    const newest = { labels: { ...labels(3), user: 'a' }, value: 2 };
    expect((await record('metrics:counter:orders')).exemplars).toEqual([expect.objectContaining(newest)]);
    // Both are in one bucket.
    expect((await record('metrics:histogram:latency')).exemplars).toEqual([expect.objectContaining(newest)]);
    expect((await record('metrics:histogram:size')).exemplars).toContainEqual(expect.objectContaining(newest));
  });

  test.each([
    ['a text', 'x'],
    ['a list of texts', ['x']],
    ['a trace id that is none', [exemplar(1, 1, { traceId: 'zz' })]],
    ['a value that is none', [exemplar(1, 1, { asDouble: 'much' })]],
    ['a value that is not finite', [exemplar(1, 1, { asDouble: 'NaN' })]],
    ['no time', [exemplar(1, 1, { timeUnixNano: 'soon' })]],
    ['nothing to tell', [{ timeUnixNano: minute(1).timeUnixNano, asDouble: 1 }]],
    ['attributes that are none', [exemplar(1, 1, { filteredAttributes: 7 })]],
  ])('that are bad cost no point: %s', async (_what, exemplars) => {
    const answer = await receiver.post(requestOf([histogram(exemplars)]));
    expect([answer.status, answer.json]).toEqual([200, {}]);
    const got = await record('metrics:histogram:latency');
    expect(got.count).toBe(1);
    expect(got.exemplars).toBeUndefined();
  });
});
