import { describe, expect, test } from '@jest/globals';
import { buildSeriesKey } from '@redmeter/metric-format';
import { startRedisServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { attributes, inProtobuf, requestOf, START_NANOS, sumMetric } from './otlp-body.js';
import { post, startTestReceiver } from './test-receiver.js';
import { useTwoReceivers } from './two-receivers.js';

const redis = useRedisServer({ flushBeforeEach: true });
const receivers = useTwoReceivers(redis);

type Body = Readonly<Record<string, unknown>>;

const nanos = (seconds: number): string => String(START_NANOS + BigInt(seconds) * 1_000_000_000n);

/** A total that is counted from a start to a time, in seconds. */
const total = (value: number, start: number, time: number, labels: Body = {}): Body => ({
  startTimeUnixNano: nanos(start),
  timeUnixNano: nanos(time),
  asDouble: value,
  attributes: attributes(labels),
});

const counterOf = (...points: readonly Body[]) => sumMetric('bytes', points, { temporality: 2 });
const upDownOf = (...points: readonly Body[]) => sumMetric('open', points, { temporality: 2, isMonotonic: false });

/** A request of one process of a service. */
const ofProcess = (id: string, ...metrics: readonly Body[]): Body =>
  requestOf(metrics, { 'service.name': 'shop', 'service.instance.id': id });

/** What a collector makes of several requests: one. */
const together = (...requests: readonly Body[]): Body => ({
  resourceMetrics: requests.flatMap(({ resourceMetrics }) => resourceMetrics as readonly unknown[]),
});

let turn = 0;

/** Posts to each receiver in turn. */
async function send(body: unknown): Promise<unknown> {
  const receiver = receivers[(turn += 1) % receivers.length];
  const answer = await post(receiver?.endpoint ?? '', body);
  expect(answer.status).toBe(200);
  return answer.json;
}

async function value(key: string): Promise<unknown> {
  const text = await redis.client.get(key);
  return text === null ? null : (JSON.parse(text) as { readonly value: unknown }).value;
}

const bytes = async (): Promise<unknown> => value('metrics:counter:bytes:service.name=shop');
const open = async (): Promise<unknown> => value('metrics:gauge:open:service.name=shop');

/** The sum of a metric over both receivers. */
async function ownMetric(name: string): Promise<number> {
  const pages = await Promise.all(receivers.map(async (one) => one.metrics()));
  const values = pages.map(
    (page) =>
      page
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
  );
  return values.reduce((sum, one) => sum + Number(one), 0);
}

describe('cumulative sums', () => {
  test('count what was added since the last total, whichever receiver gets it', async () => {
    for (const [i, count] of [0.1, 0.3, 0.7, 1.9, 2.2, 2.2, 1e6 + 0.1].entries()) {
      await send(ofProcess('a', counterOf(total(count, 0, 10 * (i + 1)))));
      expect(await bytes()).toBe(count);
    }
  });

  test('in protobuf, with whole numbers', async () => {
    const body = (count: number, time: number) =>
      inProtobuf(ofProcess('a', counterOf({ ...total(0, 0, time), asDouble: undefined, asInt: String(count) })));
    await send(body(7, 10));
    await send(body(12, 20));
    expect(await bytes()).toBe(12);
  });

  test('of several processes add up in their series', async () => {
    await send(ofProcess('a', counterOf(total(100, 0, 10))));
    await send(ofProcess('b', counterOf(total(7, 5, 10))));
    await send(together(ofProcess('a', counterOf(total(101, 0, 20))), ofProcess('b', counterOf(total(9, 5, 20)))));
    expect(await bytes()).toBe(110);
  });

  test('of processes that cannot be told apart add up by their starts', async () => {
    await send(ofProcess('a', counterOf(total(100, 0, 10))));
    await send(ofProcess('a', counterOf(total(7, 5, 12))));
    await send(ofProcess('a', counterOf(total(110, 0, 20))));
    await send(ofProcess('a', counterOf(total(8, 5, 22))));
    expect(await bytes()).toBe(118);
  });

  test('are streams by scope, unit and the attributes that are no labels', async () => {
    const metric = counterOf(total(10, 0, 10));
    const resource = { 'service.name': 'shop' };
    await send(requestOf([metric], resource, { name: 'one' }));
    await send(requestOf([metric], resource, { name: 'two' }));
    await send(requestOf([metric], resource, { name: 'two', version: '2' }));
    await send(requestOf([{ ...metric, unit: 'By' }], resource, { name: 'one' }));
    await send(requestOf([metric], { ...resource, host: 'h1' }, { name: 'one' }));
    expect(await bytes()).toBe(50);
  });

  test('are the same stream and series in whatever order a map has its keys', async () => {
    const of = (count: number, time: number, map: Body) =>
      requestOf([counterOf(total(count, 0, time, { map }))], { 'service.name': 'shop', host: { list: [map] } });
    await send(of(10, 10, { b: { y: 1, x: 2 }, a: 'a', 10: true, 9: false }));
    await send(of(12, 20, { 9: false, a: 'a', 10: true, b: { x: 2, y: 1 } }));
    const map = '{"9":false,"10":true,"a":"a","b":{"x":2,"y":1}}';
    const key = buildSeriesKey(
      { prefix: 'metrics' },
      'counter',
      'bytes',
      Object.entries({ 'service.name': 'shop', map }),
    );
    expect(await redis.client.keys('metrics:*')).toEqual([key]);
    expect(await value(key)).toBe(12);
  });

  test('count once when a collector sends them again with others', async () => {
    const of = (id: string, count: number, time: number) => ofProcess(id, counterOf(total(count, 0, time)));
    await send(together(of('a', 10, 10), of('b', 20, 10)));
    await send(together(of('a', 10, 10), of('a', 13, 20), of('b', 20, 10)));
    await send(together(of('b', 25, 20), of('a', 13, 20)));
    expect(await bytes()).toBe(38);
    expect(await ownMetric('redmeter_otlp_noted_points_total{note="repeated"}')).toBe(3);
    expect(await ownMetric('redmeter_otlp_rejected_points_total{reason="out_of_order"}')).toBe(0);
  });

  test('count whole after a restart, in one request with the end of what was before', async () => {
    await send(ofProcess('a', counterOf(total(100, 0, 10))));
    await send(ofProcess('a', counterOf(total(3, 15, 20), total(104, 0, 14))));
    expect(await bytes()).toBe(107);
  });

  test('of hundreds of streams of one series are cut into several calls', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `p${i}`);
    const all = (count: number, time: number) =>
      together(...ids.map((id) => ofProcess(id, counterOf(total(count, 0, time)))));
    await send(all(2, 10));
    await Promise.all([send(all(5, 20)), send(all(5, 20)), send(all(5, 20))]);
    expect(await bytes()).toBe(1500);
  });

  test('are kept beside delta points of the same series', async () => {
    const delta = sumMetric('bytes', [total(1000, 0, 10)]);
    await send(ofProcess('a', counterOf(total(5, 0, 10)), delta));
    expect(await bytes()).toBe(1005);
  });

  test('without a start count from their first total', async () => {
    const of = (count: number, time: number) => ({ ...total(count, 0, time), startTimeUnixNano: undefined });
    await send(ofProcess('a', counterOf(of(1000, 10))));
    expect(await bytes()).toBe(0);
    await send(ofProcess('a', counterOf(of(1004, 20))));
    await send(ofProcess('a', counterOf(of(1, 30))));
    expect(await bytes()).toBe(5);
    expect(await ownMetric('redmeter_otlp_noted_points_total{note="baseline"}')).toBe(1);
    expect(await ownMetric('redmeter_otlp_noted_points_total{note="reset"}')).toBe(1);
  });
});

describe('a point whose start is its time', () => {
  test('of an SDK counts whole, and later ones add what is more', async () => {
    await send(ofProcess('a', counterOf(total(5, 10, 10))));
    await send(ofProcess('b', counterOf(total(3, 10, 10))));
    await send(ofProcess('a', counterOf(total(9, 10, 20))));
    expect(await bytes()).toBe(12);
  });

  test('of the collector’s Prometheus receiver is what later ones are compared with', async () => {
    const scope = { name: 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver' };
    const scraped = (count: number, time: number) =>
      requestOf([counterOf(total(count, 10, time))], { 'service.name': 'shop' }, scope);
    await send(scraped(1000, 10));
    await send(scraped(1007, 20));
    expect(await bytes()).toBe(7);
  });
});

describe('a stream that begins late in a process that runs for days', () => {
  const DAYS = 3 * 86_400;

  test('counts whole where the process has been sending', async () => {
    await send(ofProcess('other', counterOf(total(3, DAYS - 60, DAYS))));
    const requests = sumMetric('requests', [total(100, 0, DAYS)], { temporality: 2 });
    await send(ofProcess('a', requests));
    await send(ofProcess('a', counterOf(total(1, 0, DAYS + 10))));
    expect(await bytes()).toBe(4);
  });

  test('is what later ones are compared with where nobody has heard of the process', async () => {
    await send(ofProcess('other', counterOf(total(3, DAYS - 60, DAYS))));
    await send(ofProcess('a', counterOf(total(100, 0, DAYS))));
    await send(ofProcess('a', counterOf(total(101, 0, DAYS + 10))));
    expect(await bytes()).toBe(4);
    expect(await redis.client.keys('metrics-meta:source:*')).toHaveLength(2);
  });
});

test('a time beyond 64 bits is malformed, and nothing of its request is written', async () => {
  const bad = { ...total(1, 0, 10), startTimeUnixNano: 1e21 };
  const answer = await post(receivers[0]?.endpoint ?? '', ofProcess('a', counterOf(total(1, 0, 10)), upDownOf(bad)));
  expect([answer.status, JSON.stringify(answer.json)]).toEqual([400, expect.stringContaining('startTimeUnixNano')]);
  expect(await bytes()).toBeNull();
});

describe('cumulative sums that are not monotonic', () => {
  test('make a gauge the sum of what processes have now', async () => {
    await send(ofProcess('a', upDownOf(total(5, 0, 10))));
    await send(ofProcess('b', upDownOf(total(3, 0, 10))));
    await send(ofProcess('a', upDownOf(total(2, 0, 20))));
    expect(await open()).toBe(5);
    await send(ofProcess('a', upDownOf(total(-1, 30, 40))));
    expect(await open()).toBe(2);
  });

  test('of an earlier start than the last are rejected, and the sender is told', async () => {
    await send(ofProcess('a', upDownOf(total(5, 20, 30))));
    expect(await send(ofProcess('a', upDownOf(total(9, 0, 10)), counterOf(total(1, 0, 10))))).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: 'open: expected a point of the newest start of its stream, got one of an earlier start (1 point)',
      },
    });
    expect([await open(), await bytes()]).toEqual([5, 1]);
    expect(await ownMetric('redmeter_otlp_rejected_points_total{reason="out_of_order"}')).toBe(1);
  });
});

describe('cumulative histograms', () => {
  const classic = (counts: readonly number[], sum: number, time: number): Body => ({
    ...{ startTimeUnixNano: nanos(0), timeUnixNano: nanos(time), sum, explicitBounds: [1, 2] },
    ...{ bucketCounts: counts, count: counts.reduce((all, one) => all + one, 0) },
  });
  const exponential = (scale: number, offset: number, counts: readonly number[], time: number): Body => ({
    ...{ startTimeUnixNano: nanos(0), timeUnixNano: nanos(time), sum: time, scale, zeroCount: 1 },
    ...{ positive: { offset, bucketCounts: counts }, count: counts.reduce((all, one) => all + one, 1) },
  });
  const metricOf = (kind: string, point: Body): Body => ({
    name: 'latency',
    [kind]: { aggregationTemporality: 2, dataPoints: [point] },
  });
  const latency = async (): Promise<unknown> =>
    JSON.parse((await redis.client.get('metrics:histogram:latency:service.name=shop')) ?? 'null');

  test('with bounds count what was observed since the last total', async () => {
    const of = (id: string, point: Body) => ofProcess(id, metricOf('histogram', point));
    await send(of('a', classic([1, 2, 3], 10.1, 10)));
    await send(of('b', classic([1, 0, 0], 0.5, 10)));
    await send(together(of('a', classic([1, 2, 3], 10.1, 10)), of('a', classic([2, 2, 3], 10.3, 20))));
    expect(await latency()).toMatchObject({ count: 8, counts: [3, 2, 3], sum: 10.8 });
  });

  test('with other bounds and the same start are rejected', async () => {
    const of = (point: Body) => ofProcess('a', metricOf('histogram', point));
    await send(of(classic([1, 2, 3], 10, 10)));
    expect(await send(of({ ...classic([2, 2, 3], 11, 20), explicitBounds: [1, 3] }))).toMatchObject({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining('expected the bounds of the') },
    });
    expect(await latency()).toMatchObject({ count: 6 });
  });

  test('of exponential buckets count at the lower of two scales', async () => {
    const of = (point: Body) => ofProcess('a', metricOf('exponentialHistogram', point));
    await send(of(exponential(2, 0, [1, 2, 3, 4], 10)));
    await send(of(exponential(1, 0, [4, 7, 1], 20)));
    await send(of(exponential(1, 0, [4, 7, 2], 30)));
    expect(await latency()).toMatchObject({
      ...{ count: 14, zeroCount: 1, schema: 1, sum: 30 },
      positive: { indexes: [1, 2, 3], counts: [4, 7, 2] },
    });
  });

  test('of hundreds of streams are cut into several calls', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `p${i}`);
    const all = (count: number, time: number) =>
      together(...ids.map((id) => ofProcess(id, metricOf('exponentialHistogram', exponential(3, 0, [count], time)))));
    await send(all(2, 10));
    await Promise.all([send(all(5, 20)), send(all(5, 20))]);
    expect(await latency()).toMatchObject({ count: 600, zeroCount: 100, positive: { indexes: [1], counts: [500] } });
  });
});

test('cumulative points survive a killed Redis and senders that try again', async () => {
  const own = await startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  const ofOwn = await startTestReceiver(own);
  try {
    const until200 = async (body: unknown): Promise<void> => {
      const deadline = Date.now() + 20_000;
      while ((await post(ofOwn.endpoint, body)).status !== 200) expect(Date.now()).toBeLessThan(deadline);
    };
    for (let i = 1; i <= 5; i += 1) {
      const sent = until200(ofProcess('a', counterOf(total(i * 1.1, 0, 10 * i))));
      await own.crash();
      await own.restart();
      await sent;
      await until200(together(ofProcess('a', counterOf(total(i * 1.1, 0, 10 * i)))));
    }
    const text = await (await own.connect()).get('metrics:counter:bytes:service.name=shop');
    expect(JSON.parse(text ?? '')).toMatchObject({ value: 5 * 1.1 });
  } finally {
    await ofOwn.stop();
    await own.stop();
  }
});
