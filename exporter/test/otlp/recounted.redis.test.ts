import { expect, test } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { attributes, requestOf, START_NANOS, sumMetric } from './otlp-body.js';
import { post } from './test-receiver.js';
import { useTwoReceivers } from './two-receivers.js';

const redis = useRedisServer({ flushBeforeEach: true });
const receivers = useTwoReceivers(redis);

type Body = Readonly<Record<string, unknown>>;

/** A delta from a second to ten seconds later. */
const delta = (second: number, labels: Body = {}): Body => ({
  startTimeUnixNano: String(START_NANOS + BigInt(second) * 1_000_000_000n),
  timeUnixNano: String(START_NANOS + BigInt(second + 10) * 1_000_000_000n),
  asInt: '3',
  attributes: attributes(labels),
});
const jobs = (temporality: number, ...points: readonly Body[]): Body =>
  requestOf([sumMetric('jobs', points, { temporality })], { 'service.name': 'shop' });

async function send(receiver: number, body: unknown): Promise<void> {
  const answer = await post(receivers[receiver]?.endpoint ?? '', body);
  expect([answer.status, answer.json]).toEqual([200, {}]);
}

async function counted(): Promise<unknown> {
  const text = await redis.client.get('metrics:counter:jobs:service.name=shop');
  return (JSON.parse(text ?? '{}') as { value?: unknown }).value;
}

async function recounted(receiver: number): Promise<number> {
  const text = (await receivers[receiver]?.metrics()) ?? '';
  return Number(/^redmeter_otlp_recounted_points_total (\d+)$/m.exec(text)?.[1]);
}

test('a delta point that comes again in another request is seen, whichever receiver gets it', async () => {
  await send(0, jobs(1, delta(0), delta(10)));
  expect(await recounted(0)).toBe(0);
  await send(1, jobs(1, delta(10), delta(20)));
  expect([await counted(), await recounted(0), await recounted(1)]).toEqual([12, 0, 1]);
});

test('a point whose map comes again with its keys in another order is seen', async () => {
  await send(0, jobs(1, delta(0, { map: { a: 1, b: 2 } })));
  await send(1, jobs(1, delta(0, { map: { b: 2, a: 1 } })));
  expect(await recounted(1)).toBe(1);
});

test('a point that stands twice in a request is seen', async () => {
  await send(0, jobs(1, delta(0), delta(0)));
  expect([await counted(), await recounted(0)]).toEqual([6, 1]);
});

test('the same request again counts nothing twice, and is not taken for that', async () => {
  const body = jobs(1, delta(0), delta(10));
  await send(0, body);
  await send(1, body);
  expect([await counted(), await recounted(0), await recounted(1)]).toEqual([6, 0, 0]);
});

test('points that differ in attributes, resource or time are others, and cumulative ones need no note', async () => {
  await send(0, jobs(1, delta(0), delta(1), delta(0, { queue: 'a' }), delta(0, { queue: 'b' })));
  await send(1, requestOf([sumMetric('jobs', [delta(0)], { temporality: 1 })], { 'service.name': 'shop', host: 'h' }));
  expect([await recounted(0), await recounted(1)]).toEqual([0, 0]);
  await redis.client.flushall();
  await send(0, jobs(2, delta(0)));
  expect(await redis.client.keys('metrics-meta:seen:*')).toEqual([]);
});

test('thousands of points are noted, for ten minutes', async () => {
  const points = Array.from({ length: 1200 }, (_, i) => delta(0, { i }));
  await send(0, jobs(1, ...points));
  await send(1, jobs(1, ...points, delta(1)));
  expect(await recounted(1)).toBe(1200);
  const [key = ''] = await redis.client.keys('metrics-meta:seen:*');
  expect(await redis.client.scard(key)).toBe(1201);
  const ttlMs = await redis.client.pttl(key);
  expect(ttlMs).toBeGreaterThan(500_000);
  expect(ttlMs).toBeLessThanOrEqual(600_000);
});

test('where a set cannot be written, points are kept all the same, and the log says it once', async () => {
  const windowOf = (second: number): bigint => (START_NANOS + BigInt(second + 10) * 1_000_000_000n) / 300_000_000_000n;
  await redis.client.set(`metrics-meta:seen:${windowOf(0)}`, 'a string');
  await send(0, jobs(1, delta(0)));
  await send(0, jobs(1, delta(1)));
  expect(await counted()).toBe(6);
  expect(receivers[0]?.log.filter((line) => line.includes('cannot tell'))).toEqual([
    expect.stringMatching(/^warn OTLP: cannot tell which delta points came before: WRONGTYPE/),
  ]);
});

test('a point that Redis refused did not count before', async () => {
  await redis.client.set('metrics:counter:jobs:service.name=shop', 'no number');
  expect((await post(receivers[0]?.endpoint ?? '', jobs(1, delta(0)))).json).toMatchObject({
    partialSuccess: { rejectedDataPoints: '1' },
  });
  await redis.client.del('metrics:counter:jobs:service.name=shop');
  await send(0, jobs(1, delta(0), delta(10)));
  expect([await counted(), await recounted(0)]).toEqual([6, 0]);
});
