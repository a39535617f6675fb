import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startRestServer, waitFor, type RestFault, type RestServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis as Upstash } from '@upstash/redis';
import { RedisMetricsService, type RedisLocation } from '../../../src/index.js';
import { recordOf, valueOf } from '../../lua/merge-call.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { useServices } from '../../service/use-services.js';

const KEY = 'metrics:counter:events';
const redis = useRedisServer({ flushBeforeEach: true });
let rest: RestServer;
let log: RecordedLog;
const { startService } = useServices(() => ({
  redis: { url: rest.url, token: rest.token },
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
}));

beforeEach(async () => {
  log = new RecordedLog();
  rest = await startRestServer(redis.url);
});
afterEach(() => rest.stop());

/** Locations of the same server. */
const locations: Readonly<Record<string, () => RedisLocation>> = {
  'url and token': () => ({ url: rest.url, token: rest.token }),
  'url and token, without base64': () => ({ url: new URL(rest.url), token: rest.token, encoding: 'none' }),
  '@upstash/redis': () => new Upstash({ url: rest.url, token: rest.token, retry: { retries: 1, backoff: () => 5 } }),
  '@upstash/redis that collects calls and does not retry': () =>
    new Upstash({
      ...{ url: rest.url, token: rest.token, retry: false, enableAutoPipelining: true },
      ...{ responseEncoding: false, automaticDeserialization: false },
    }),
};

it.each(
  Object.keys(locations).flatMap((name) =>
    (['lost', 'failed', 'refused'] as const).map((fault) => [name, fault] as const),
  ),
)('%s: a batch counts once when its answer is %s', async (name, fault: RestFault) => {
  const metrics = startService({ redis: locations[name]?.() ?? '' });
  metrics.incrementCounter('events');
  await metrics.flush();
  for (let round = 0; round < 5; round += 1) {
    metrics.incrementCounter('events', 2);
    metrics.recordHistogram('took_ms', 5);
    rest.inject(fault, 2, /EVALSHA/);
    await waitFor(
      async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
      'the flush succeeds',
    );
  }
  expect(rest.faults).toBeGreaterThanOrEqual(5);
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(11);
  expect(await recordOf(redis.client, 'histogram', 'metrics:histogram:took_ms')).toMatchObject({ count: 5, sum: 25 });
  expect(metrics.stats().counter).toEqual({ recorded: 6, flushed: 6, pending: 0, dropped: {} });
});

it('sends a batch again when there is no answer for five seconds', async () => {
  const metrics = startService();
  metrics.incrementCounter('events');
  rest.inject('late', 1, /EVALSHA/);
  await expect(metrics.flush()).rejects.toThrow(/no answer from Redis|timeout/);
  await waitFor(
    async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
    'the flush succeeds',
  );
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(1);
});

it.each(Object.keys(locations))('%s: shows what Redis has, and removes series', async (name) => {
  const metrics = startService({ redis: locations[name]?.() ?? '' });
  await redis.client.set(KEY, 'garbage "é"');
  metrics.incrementCounter('events');
  const others = metrics.counter({ name: 'others', labelNames: ['path'] });
  for (let i = 0; i < 300; i += 1) others.labels({ path: `/é/${i}` }).inc();
  await metrics.flush();
  expect(log.warnings).toContainEqual(expect.stringContaining('Redis has "garbage \\"é\\""'));
  expect(await redis.client.keys('metrics:counter:others:*')).toHaveLength(300);
  others.clear();
  await metrics.flush();
  expect(await redis.client.keys('metrics:counter:others:*')).toEqual([]);
});

it('reports a wrong token, and does not show it', async () => {
  const metrics = startService({ redis: { url: rest.url, token: 'secret' } });
  metrics.incrementCounter('events');
  await expect(metrics.flush()).rejects.toThrow('WRONGPASS invalid or missing auth token');
  const upstash = startService({ redis: new Upstash({ url: rest.url, token: 'secret', retry: false }) });
  upstash.incrementCounter('events', 1, { kind: 'private' });
  await expect(upstash.flush()).rejects.toThrow(/WRONGPASS invalid or missing auth token$/);
  expect(JSON.stringify(log)).not.toMatch(/secret|private/);
});

it('reports a server that is away, and writes when it is back', async () => {
  const { url, token } = rest;
  await rest.stop();
  const metrics = startService({ redis: { url, token } });
  metrics.incrementCounter('events');
  await expect(metrics.flush()).rejects.toThrow(`no connection to ${url}/: connect ECONNREFUSED`);
  rest = await startRestServer(redis.url, { port: Number(new URL(url).port) });
  await metrics.flush();
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(1);
});

it('several services at once are exact', async () => {
  const services = Object.values(locations).map(
    (location) => new RedisMetricsService({ redis: location(), flushIntervalMs: 20, logger: log }),
  );
  for (let i = 0; i < 200; i += 1) for (const service of services) service.incrementCounter('events');
  await Promise.all(services.map((service) => service.close()));
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(200 * services.length);
});
