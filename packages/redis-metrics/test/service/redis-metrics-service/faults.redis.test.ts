import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer, type RedisServer, type RedisServerOptions, waitFor } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import type { RedisLocation } from '../../../src/index.js';
import { keys, recordOf, valueOf } from '../../lua/merge-call.js';
import { clients } from '../clients.js';
import { startCuttingProxy, type CuttingProxy } from '../cutting-proxy.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const KEY = 'metrics:counter:events';
const MAY_EVICT = 'metrics:gauge:redmeter_writer_redis_may_evict:writer=w';
let server: RedisServer;
let redis: Redis;
let log: RecordedLog;
/** A service that flushes only on request, unless the options say otherwise. */
const { startService } = useServices(() => ({
  redis: server.url,
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
}));
/** What else a test started, to be ended last first. */
const started: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await startServer();
  redis = await server.connect();
  log = new RecordedLog();
});
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.stop();
});

async function startServer(options?: RedisServerOptions): Promise<RedisServer> {
  const newServer = await startRedisServer(options);
  started.push(newServer);
  return newServer;
}

async function startProxy(): Promise<CuttingProxy> {
  const proxy = await startCuttingProxy(server.port);
  started.push(proxy);
  return proxy;
}

describe.each(Object.entries(clients))('through %s, the service', (_name, openClient) => {
  /** Opens a client of a Redis, closed after the test. */
  async function open(url: string): Promise<RedisLocation> {
    const client = await openClient(url);
    started.push(client);
    return client.redis;
  }

  it('counts once what was applied but not acknowledged', async () => {
    const proxy = await startProxy();
    const metrics = startService({ redis: await open(proxy.url) });
    metrics.incrementCounter('events');
    await metrics.flush();
    for (let round = 0; round < 20; round += 1) {
      metrics.incrementCounter('events');
      metrics.recordHistogram('took_ms', 5);
      proxy.cutReplies(1, /applied/);
      // It fails, unless the client sends the call again by itself.
      await Promise.allSettled([metrics.flush()]);
      metrics.incrementCounter('events');
      await waitFor(async () => {
        const [outcome] = await Promise.allSettled([metrics.flush()]);
        return outcome.status === 'fulfilled';
      }, 'the flush succeeds');
    }
    expect(proxy.cuts).toBe(20);
    expect(await valueOf(redis, 'counter', KEY)).toBe(41);
    expect(await recordOf(redis, 'histogram', 'metrics:histogram:took_ms')).toMatchObject({ count: 20, sum: 100 });
    expect(metrics.stats().counter).toEqual({ recorded: 41, flushed: 41, pending: 0, dropped: {} });
  });

  it('hears again what was refused in a batch whose answer was lost', async () => {
    const proxy = await startProxy();
    const metrics = startService({ redis: await open(proxy.url) });
    await redis.set(KEY, 'garbage');
    metrics.incrementCounter('events');
    metrics.incrementCounter('others');
    proxy.cutReplies(1, /applied/);
    await waitFor(
      async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
      'the flush succeeds',
    );
    expect(metrics.stats().counter).toEqual({ recorded: 2, flushed: 1, pending: 0, dropped: { unreadable_value: 1 } });
    expect(log.warnings).toContainEqual(
      expect.stringContaining('the counter events are dropped: unreadable_value: Redis has "garbage" (7 bytes)'),
    );
  });

  it('loads the script again after Redis lost its script cache', async () => {
    const metrics = startService({ redis: await open(server.url) });
    for (let round = 1; round <= 3; round += 1) {
      metrics.incrementCounter('events');
      await metrics.flush();
      await redis.script('FLUSH');
    }
    expect(await valueOf(redis, 'counter', KEY)).toBe(3);
  });

  it('continues after Redis was killed and restarted', async () => {
    const dir = temporaryFolder();
    started.push({ stop: async () => rm(dir, { recursive: true }) });
    const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const first = await startServer({ dir, args });
    const metrics = startService({ redis: await open(first.url) });
    metrics.incrementCounter('events', 2);
    await metrics.flush();
    await first.stop();
    metrics.incrementCounter('events', 3);
    await expect(metrics.flush()).rejects.toMatchObject({ code: 'flush_failed' });
    const again = await startServer({ port: first.port, dir, args });
    const client = await again.connect();
    await waitFor(() => metrics.stats().counter.pending === 0, 'it is written');
    expect(await valueOf(client, 'counter', KEY)).toBe(5);
    expect(await client.get(keys.dataset)).not.toBeNull();
  });

  it('writes pending recordings once after memory was full', async () => {
    const metrics = startService({ redis: await open(server.url) });
    metrics.incrementCounter('events');
    await metrics.flush();
    await redis.config('SET', 'maxmemory', '1');
    metrics.incrementCounter('events');
    await expect(metrics.flush()).rejects.toMatchObject({
      code: 'flush_failed',
      message: expect.stringContaining('OOM'),
      cause: expect.any(Error),
    });
    expect(metrics.stats().counter).toMatchObject({ flushed: 1, pending: 1 });
    await redis.config('SET', 'maxmemory', '0');
    await metrics.flush();
    expect(await valueOf(redis, 'counter', KEY)).toBe(2);
    expect(log.warnings).toEqual([expect.stringContaining('OOM'), 'redmeter: metrics are written again']);
  });

  it('begins a new count in a new data set, and writes nothing into it that was written before', async () => {
    const metrics = startService({ redis: await open(server.url) });
    metrics.incrementCounter('events', 5);
    metrics.setGauge('level', 1);
    await metrics.flush();
    const { createdMs: before = 0 } = (await recordOf(redis, 'counter', KEY)) as { createdMs?: number };
    await redis.flushall();
    metrics.incrementCounter('events', 2);
    await metrics.flush();
    const record = await recordOf(redis, 'counter', KEY);
    expect(record).toMatchObject({ value: 2 });
    expect((record as { createdMs?: number }).createdMs).toBeGreaterThan(before);
    expect(metrics.stats().counter).toEqual({ recorded: 2, flushed: 1, pending: 0, dropped: { lost: 1 } });
  });

  it('refuses data of another format, and keeps what it holds', async () => {
    await redis.set(keys.dataset, '{"format":2,"id":"x","shards":1}');
    const metrics = startService({ redis: await open(server.url) });
    metrics.incrementCounter('events');
    await expect(metrics.flush()).rejects.toMatchObject({ code: 'incompatible_data' });
    expect(log.errors).toEqual([expect.stringContaining('expected metrics of format 1')]);
    expect(metrics.stats().counter.pending).toBe(1);
    await redis.del(keys.dataset);
    await metrics.flush();
    expect(await valueOf(redis, 'counter', KEY)).toBe(1);
  });
});

it('tolerates a logger that throws or calls stats()', async () => {
  const balances: boolean[] = [];
  const warn = (): void => {
    const { recorded, flushed, pending, dropped } = metrics.stats().counter;
    balances.push(recorded === flushed + pending + Object.values(dropped).reduce((sum, n) => sum + n, 0));
    throw new Error('the logger is down');
  };
  const metrics = startService({ logger: { info: warn, warn, error: warn } });
  await redis.set(KEY, 'garbage');
  metrics.incrementCounter('events');
  metrics.incrementCounter('others');
  metrics.incrementCounter('others', -1);
  await metrics.flush();
  metrics.incrementCounter('others');
  await metrics.flush();
  expect(balances).toEqual([true, true]);
  expect(await valueOf(redis, 'counter', 'metrics:counter:others')).toBe(2);
  expect(metrics.stats().counter).toEqual({
    ...{ recorded: 4, flushed: 2, pending: 0 },
    dropped: { invalid_value: 1, unreadable_value: 1 },
  });
});

it('keeps recordings while Redis is down from the start, logs it once, and writes them when Redis is up', async () => {
  const port = await freePort();
  const metrics = startService({ redis: `redis://app:secret@127.0.0.1:${port}`, flushIntervalMs: 20 });
  metrics.incrementCounter('events');
  await waitFor(() => log.warnings.length > 0, 'the failure is logged');
  await expect(metrics.flush()).rejects.toMatchObject({ code: 'flush_failed' });
  metrics.incrementCounter('events');
  const late = await startServer({ port, args: '--user app on >secret ~* &* +@all'.split(' ') });
  const client = await late.connect();
  await waitFor(async () => (await client.exists(KEY)) === 1 && metrics.stats().counter.pending === 0, 'it is written');
  expect(await valueOf(client, 'counter', KEY)).toBe(2);
  expect(log.warnings).toEqual([
    expect.stringMatching(/^redmeter: metrics are not written: .*ECONNREFUSED/),
    'redmeter: metrics are written again',
  ]);
  expect(JSON.stringify(log)).not.toContain('secret');
});

it.each([
  ['volatile-lru', 1],
  ['noeviction', 0],
])('says whether the server evicts metrics: %s', async (policy, mayEvict) => {
  await redis.config('SET', 'maxmemory-policy', policy);
  const metrics = startService({ writerId: 'w' });
  await waitFor(async () => {
    await metrics.flush();
    return (await redis.exists(MAY_EVICT)) === 1;
  }, 'the metric');
  expect(await valueOf(redis, 'gauge', MAY_EVICT)).toBe(mayEvict);
  expect(log.warnings).toEqual(mayEvict === 1 ? [expect.stringContaining('maxmemory-policy volatile-lru')] : []);
});
