import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { gzipSync } from 'node:zlib';
import { METRICS_RESPONSE, STATUS } from '../../src/otlp/schema/otlp-schema.js';
import { connectRaw, statusesIn } from '../http/raw-connection.js';
import { attributes, inProtobuf, minute, requestOf, sumMetric } from './otlp-body.js';
import { startTestReceiver, type TestReceiver } from './test-receiver.js';

let server: RedisServer;
let redis: Redis;
let receiver: TestReceiver;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
  receiver = await startTestReceiver(server, { resourceLabels: ['service_name'] });
});
afterAll(async () => {
  await receiver.stop();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

/** The record under a key, without what depends on the time. */
async function record(key: string): Promise<unknown> {
  const text = await redis.get(key);
  if (text === null) return null;
  const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return Object.fromEntries(fields.filter(([name]) => !['created', 'timestamp', 'window'].includes(name)));
}

async function metricValue(name: string): Promise<number | undefined> {
  const line = (await receiver.metrics()).split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

const counter = (value: unknown, i = 0, labels: Readonly<Record<string, unknown>> = {}): unknown => ({
  ...minute(i),
  asInt: value,
  attributes: attributes(labels),
});

describe('delta points', () => {
  const kinds = [
    ['JSON', (request: Readonly<Record<string, unknown>>) => request],
    ['protobuf', inProtobuf],
  ] as const;

  test.each(kinds)('are added up, from %s', async (_kind, encode) => {
    const body = (value: number, i: number) =>
      encode(
        requestOf(
          [
            sumMetric('orders', [counter(String(value), i, { shop: 'a' })]),
            sumMetric('queued', [{ ...minute(i), asDouble: -0.5 }], { isMonotonic: false }),
            {
              name: 'latency',
              unit: 's',
              description: 'Time to answer.',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  { ...minute(i), count: '6', sum: 7.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1] },
                ],
              },
            },
            { name: 'load', gauge: { dataPoints: [{ timeUnixNano: minute(i).timeUnixNano, asDouble: value / 2 }] } },
          ],
          { service_name: 'shop', host: 'h1' },
        ),
      );
    expect((await receiver.post(body(3, 0))).status).toBe(200);
    expect((await receiver.post(body(4, 1))).status).toBe(200);

    expect(await record('metrics:counter:orders:service_name=shop,shop=a')).toEqual({ type: 'counter', value: 7 });
    expect(await record('metrics:gauge:queued:service_name=shop')).toMatchObject({ mode: 'sum', value: -1 });
    expect(await record('metrics:histogram:latency:service_name=shop')).toMatchObject({
      count: 12,
      sum: 15,
      bounds: [0.5, 1],
      counts: [2, 4, 6],
    });
    expect(await record('metrics:gauge:load:service_name=shop')).toMatchObject({ mode: 'last', value: 2 });
    expect(await record('metrics-meta:family:latency')).toMatchObject({ help: 'Time to answer.', unit: 'seconds' });
  });

  test('of a series add up within a request, and a gauge has the latest', async () => {
    const gauge = (i: number, value: number) => ({ timeUnixNano: minute(i).timeUnixNano, asInt: String(value) });
    await receiver.post(
      requestOf([
        sumMetric('orders', [counter('1', 0), counter('2', 1), counter('3', 2)]),
        { name: 'load', gauge: { dataPoints: [gauge(1, 10), gauge(3, 30), gauge(2, 20)] } },
      ]),
    );
    expect(await record('metrics:counter:orders')).toEqual({ type: 'counter', value: 6 });
    expect(await record('metrics:gauge:load')).toMatchObject({ value: 30 });
  });

  test('of a gauge that are older than the one in Redis change nothing', async () => {
    const load = (i: number, value: number) =>
      requestOf([{ name: 'load', gauge: { dataPoints: [{ timeUnixNano: minute(i).timeUnixNano, asInt: value }] } }]);
    await receiver.post(load(5, 50));
    await receiver.post(load(4, 40));
    expect(await record('metrics:gauge:load')).toMatchObject({ value: 50 });
  });

  test('of a histogram with other bounds in one request are both kept', async () => {
    const point = (explicitBounds: number[], bucketCounts: number[]) => ({
      ...minute(),
      count: bucketCounts.reduce((sum, each) => sum + each, 0),
      sum: 1,
      explicitBounds,
      bucketCounts,
    });
    const dataPoints = [point([1, 2], [1, 1, 1]), point([1, 3], [2, 2, 2]), point([1, 2], [1, 0, 0])];
    const answer = await receiver.post(
      requestOf([{ name: 'latency', histogram: { aggregationTemporality: 1, dataPoints } }]),
    );
    expect(answer.json).toEqual({});
    expect(await record('metrics:histogram:latency')).toMatchObject({ count: 10, sum: 3 });
  });
});

describe('a request that is sent again', () => {
  const many = requestOf([
    sumMetric(
      'orders',
      Array.from({ length: 400 }, (_, i) => counter('2', 0, { i })),
    ),
  ]);

  async function total(): Promise<number> {
    const keys = await redis.keys('metrics:counter:orders:*');
    const records = await Promise.all(keys.map(record));
    return records.reduce((sum: number, one) => sum + (one as { value: number }).value, 0);
  }

  test('counts once, also compressed, and by another receiver', async () => {
    const other = await startTestReceiver(server, { resourceLabels: ['service_name'] });
    try {
      await receiver.post(many);
      await other.post(many);
      await other.post(gzipSync(JSON.stringify(many)), {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Encoding': 'gzip',
      });
      await Promise.all([receiver.post(many), other.post(many)]);
      expect(await total()).toBe(800);
    } finally {
      await other.stop();
    }
  });

  test('goes on where an attempt before ended', async () => {
    const before = await metricValue('redmeter_otlp_duplicate_requests_total');
    await receiver.post(many);
    const [ledger = ''] = await redis.keys('metrics-meta:writer:*');
    // As if the receiver had been killed after the first of four batches.
    await redis.set(ledger, '1');
    expect((await receiver.post(many)).status).toBe(200);
    // All but the first batch count again.
    expect(await total()).toBe(800 + 2 * (400 - 128));
    expect(await metricValue('redmeter_otlp_duplicate_requests_total')).toBe(before);
    await receiver.post(many);
    expect(await metricValue('redmeter_otlp_duplicate_requests_total')).toBe((before ?? 0) + 1);
  });

  test('leaves a ledger that lives for an hour', async () => {
    await receiver.post(many);
    const ledgers = await redis.keys('metrics-meta:writer:*');
    expect(ledgers).toHaveLength(1);
    const ttlMs = await redis.pttl(ledgers[0] ?? '');
    expect(ttlMs).toBeGreaterThan(3_500_000);
    expect(ttlMs).toBeLessThanOrEqual(3_600_000);
  });
});

describe('points that cannot be kept', () => {
  const point = (fields: Readonly<Record<string, unknown>>) => ({ ...minute(), ...fields });
  const histogram = (fields: Readonly<Record<string, unknown>>) => ({
    name: 'bad',
    histogram: { aggregationTemporality: 1, dataPoints: [point(fields)] },
  });
  const cases: readonly (readonly [string, string, unknown, string])[] = [
    ['an empty name', 'invalid_name', sumMetric('', [counter(1)]), 'expected the name of a metric'],
    ['a reserved name', 'reserved_name', sumMetric('redmeter_x', [counter(1)]), 'not reserved'],
    ['a reserved label', 'reserved_label', sumMetric('bad', [counter(1, 0, { le: 'x' })]), '"le"'],
    [
      'too many attributes',
      'too_many_labels',
      sumMetric('bad', [counter(1, 0, Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`l${i}`, i])))]),
      'at most 10 labels, got 11',
    ],
    ['a long value', 'label_value_too_long', sumMetric('bad', [counter(1, 0, { a: 'é'.repeat(600) })]), 'got 1200'],
    ['no time', 'invalid_value', sumMetric('bad', [{ asInt: '1' }]), 'timeUnixNano'],
    ['no value', 'invalid_value', sumMetric('bad', [point({})]), 'asInt or asDouble'],
    ['a falling monotonic delta', 'invalid_value', sumMetric('bad', [counter(-1)]), 'at least 0, got -1'],
    ['a sum that is not finite', 'invalid_value', sumMetric('bad', [point({ asDouble: 'NaN' })]), 'finite'],
    [
      'no temporality',
      'invalid_temporality',
      sumMetric('bad', [counter(1)], { temporality: 0 }),
      'aggregationTemporality',
    ],
    [
      'too few counts',
      'invalid_histogram',
      histogram({ count: 1, bucketCounts: [1], explicitBounds: [1] }),
      'bucket counts',
    ],
    [
      'a wrong count',
      'invalid_histogram',
      histogram({ count: 9, bucketCounts: [1, 0], explicitBounds: [1] }),
      'count of 1',
    ],
    [
      'bounds out of order',
      'invalid_histogram',
      histogram({ count: 0, bucketCounts: [0, 0, 0], explicitBounds: [2, 1] }),
      'ascending',
    ],
    ['a summary', 'unsupported', { name: 'bad', summary: { dataPoints: [point({ count: 1 })] } }, 'a summary'],
  ];

  test.each(cases)('%s: %s', async (_what, reason, metric, message) => {
    const name = `redmeter_otlp_rejected_points_total{reason="${reason}"}`;
    const before = await metricValue(name);
    const answer = await receiver.post(requestOf([metric as never, sumMetric('good', [counter('5')])]));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining(message) },
    });
    expect(await record('metrics:counter:good')).toEqual({ type: 'counter', value: 5 });
    expect(await redis.keys('metrics:*bad*')).toEqual([]);
    expect(await metricValue(name)).toBe((before ?? 0) + 1);
  });

  test('since Redis has another type are told, in protobuf as well', async () => {
    await receiver.post(requestOf([sumMetric('orders', [counter(1)])]));
    const taken = requestOf([{ name: 'orders', gauge: { dataPoints: [counter(1)] } }]);
    const answer = await receiver.post(inProtobuf(taken));
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
    expect(METRICS_RESPONSE.decode(answer.bytes).toJSON()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: 'orders: refused by Redis as type_conflict, got counter (1 point)',
      },
    });
  });

  test('are not those without a value, whose sender says so', async () => {
    const kept = (await metricValue('redmeter_otlp_points_total')) ?? 0;
    const answer = await receiver.post(requestOf([sumMetric('orders', [{ ...minute(), flags: 1 }, counter(1)])]));
    expect(answer.json).toEqual({});
    expect(await metricValue('redmeter_otlp_points_total')).toBe(kept + 1);
  });
});

describe('requests that are refused', () => {
  const good = requestOf([sumMetric('orders', [counter(1)])]);
  const cases: readonly (readonly [string, number, number, () => Promise<Response>])[] = [
    ['JSON that is none', 400, 3, async () => send('{"resourceMetrics":')],
    ['JSON of the wrong type', 400, 3, async () => send('{"resourceMetrics":{"a":1}}')],
    ['protobuf that is none', 400, 3, async () => send(Buffer.from([0x0a, 0xff]), 'application/x-protobuf')],
    ['gzip that is none', 400, 3, async () => send('{}', 'application/json', { 'Content-Encoding': 'gzip' })],
    ['another content type', 415, 3, async () => send('{}', 'text/plain')],
    ['another compression', 415, 3, async () => send('{}', 'application/json', { 'Content-Encoding': 'br' })],
    ['too large a body', 413, 8, async () => send(' '.repeat(2 ** 20 + 1))],
    [
      'too large a body, decompressed',
      413,
      8,
      async () => send(gzipSync(' '.repeat(2 ** 20 + 1)), 'application/json', { 'Content-Encoding': 'gzip' }),
    ],
    ['another method', 405, 12, async () => fetch(receiver.endpoint)],
    ['another path', 404, 5, async () => fetch(receiver.endpoint.replace('metrics', 'traces'), { method: 'POST' })],
  ];

  async function send(body: string | Buffer, type = 'application/json', headers = {}): Promise<Response> {
    const sent = typeof body === 'string' ? body : new Uint8Array(body);
    return fetch(receiver.endpoint, { method: 'POST', headers: { 'Content-Type': type, ...headers }, body: sent });
  }

  test.each(cases)('%s: %d', async (_what, status, code, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isProtobuf = answer.headers.get('content-type') === 'application/x-protobuf';
    const body = isProtobuf ? STATUS.decode(bytes).toJSON() : (JSON.parse(String(bytes)) as unknown);
    expect(body).toEqual({ code, message: expect.stringMatching(/expected/) });
    expect((await receiver.post(good)).status).toBe(200);
  });

  test('are timed like those that are kept', async () => {
    const count = async () => metricValue('redmeter_otlp_request_duration_seconds_count');
    const before = (await count()) ?? 0;
    await send('{}', 'text/plain');
    await send('{"resourceMetrics":');
    await fetch(receiver.endpoint);
    await receiver.post(good);
    expect(await count()).toBe(before + 4);
  });

  test('have a host that is not allowed, also for the health check', async () => {
    for (const path of ['/healthz', '/v1/metrics']) {
      const connection = await connectRaw(receiver.endpoint);
      connection.send(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
      expect(statusesIn(await connection.untilClosed())).toEqual([421]);
    }
  });

  test.each([
    ['null', 'null'],
    ['[]', 'a list'],
    ['7', '7'],
  ])('name what the body %s is', async (body, got) => {
    expect((await receiver.post(body)).json).toEqual({ code: 3, message: `the body: expected an object, got ${got}` });
  });

  test('name the place of a wrong value', async () => {
    const answer = await receiver.post(requestOf([sumMetric('orders', [{ ...minute(), asInt: 'many' }])]));
    expect(answer.json).toEqual({
      code: 3,
      message:
        'request.resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[0].asInt: expected a whole number, got "many"',
    });
  });

  test('while Redis is away are to be sent again, and count once then', async () => {
    const own = await startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const ofOwn = await startTestReceiver(own);
    try {
      await ofOwn.post(good);
      await own.crash();
      const answer = await ofOwn.post(requestOf([sumMetric('orders', [counter(1, 1)])]));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(answer.json).toMatchObject({ code: 14 });
      await own.restart();
      const again = async () => (await ofOwn.post(requestOf([sumMetric('orders', [counter(1, 1)])]))).status;
      const deadline = Date.now() + 20_000;
      while ((await again()) !== 200) expect(Date.now()).toBeLessThan(deadline);
      await again();
      const client = await own.connect();
      expect(JSON.parse((await client.get('metrics:counter:orders')) ?? '')).toMatchObject({ value: 2 });
    } finally {
      await ofOwn.stop();
      await own.stop();
    }
  });
});
