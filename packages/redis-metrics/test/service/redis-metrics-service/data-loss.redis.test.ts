import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer, type RedisServerOptions, waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { RedisMetricsService, type MetricsStats } from '../../../src/index.js';
import { keys } from '../../lua/merge-call.js';
import { startCuttingProxy, type CuttingProxy } from '../cutting-proxy.js';
import { RecordedLog } from '../recorded-log.js';

let server: RedisServer;
let redis: Redis;
let proxy: CuttingProxy;
let log: RecordedLog;
const services: RedisMetricsService[] = [];
const servers: RedisServer[] = [];

beforeEach(async () => {
  server = await startServer();
  redis = await server.connect();
  proxy = await startCuttingProxy(server.port);
  log = new RecordedLog();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
  await proxy.stop();
  for (const each of servers.splice(0)) await each.stop();
});

async function startServer(options?: RedisServerOptions): Promise<RedisServer> {
  const started = await startRedisServer(options);
  servers.push(started);
  return started;
}

/** A service that flushes only on request and has no own metrics, so that Redis holds what the test recorded. */
function startService(): RedisMetricsService {
  const service = new RedisMetricsService({
    ...{ redis: proxy.url, flushIntervalMs: 600_000, ttlSeconds: 3600, ownMetrics: false, logger: log },
  });
  services.push(service);
  return service;
}

async function flushed(service: RedisMetricsService): Promise<void> {
  await waitFor(async () => {
    const [outcome] = await Promise.allSettled([service.flush()]);
    return outcome.status === 'fulfilled' && service.stats().counter.pending === 0;
  }, 'the flush succeeds');
}

/** Increments a counter so many times, by one each, and flushes. */
async function write(service: RedisMetricsService, increments: number, name = 'events'): Promise<void> {
  for (let i = 0; i < increments; i += 1) service.incrementCounter(name);
  await flushed(service);
}

/** The same, Redis having run the script and the answer being cut off. */
async function writeInDoubt(service: RedisMetricsService, increments: number): Promise<void> {
  for (let i = 0; i < increments; i += 1) service.incrementCounter('events');
  proxy.cutReplies(1, /applied/);
  await expect(service.flush()).rejects.toThrow();
}

/** Increments of counters that Redis holds. */
async function held(client = redis): Promise<number> {
  const found = await client.keys('metrics:counter:*');
  const texts = found.length === 0 ? [] : await client.mget(found);
  return texts.reduce((sum, text) => sum + (JSON.parse(text ?? '') as { value: number }).value, 0);
}

function sumOfDropped({ dropped }: MetricsStats['counter']): number {
  return Object.values(dropped).reduce((sum, recordings) => sum + recordings, 0);
}

/** What was recorded is in Redis, or dropped under a name; what counts as flushed is in Redis, all of it and no more. */
async function expectExact(recorders: readonly RedisMetricsService[], client = redis): Promise<void> {
  const stats = recorders.map((service) => service.stats().counter);
  const sum = (of: (each: MetricsStats['counter']) => number): number => stats.reduce((all, each) => all + of(each), 0);
  expect(sum(({ pending }) => pending)).toBe(0);
  const inRedis = await held(client);
  expect({ flushed: sum((each) => each.flushed), recorded: sum((each) => each.recorded) }).toEqual({
    flushed: inRedis,
    recorded: inRedis + sum(sumOfDropped),
  });
}

/** Keeps a snapshot of what Redis holds. */
async function takeSnapshot(): Promise<string> {
  await redis.save();
  const snapshot = join(server.dir, 'kept.rdb');
  copyFileSync(join(server.dir, 'dump.rdb'), snapshot);
  return snapshot;
}

/** Kills Redis, and starts it on a snapshot. */
async function restore(snapshot: string): Promise<void> {
  await server.crash();
  copyFileSync(snapshot, join(server.dir, 'dump.rdb'));
  await server.restart();
  await waitFor(async () => (await redis.ping().catch(() => '')) === 'PONG', 'the test reaches Redis');
}

/** A copy of what Redis holds, which goes on by itself. */
async function takeCopy(): Promise<RedisServer> {
  const copy = await startServer({ args: ['--repl-diskless-sync-delay', '0'] });
  const client = await copy.connect();
  await client.replicaof('127.0.0.1', server.port);
  await waitFor(
    async () => (await client.info('replication').catch(() => '')).includes('master_link_status:up'),
    'the copy is made',
  );
  await client.replicaof('NO', 'ONE');
  return copy;
}

/** Makes Redis a replica of an older copy, and promotes it again; connections of clients stay. */
async function becomeReplicaOf(copy: RedisServer): Promise<void> {
  const copied = await copy.connect();
  const keysOfCopy = (await copied.keys('*')).sort();
  await copied.config('SET', 'repl-diskless-sync-delay', '0');
  await redis.replicaof('127.0.0.1', copy.port);
  await waitFor(async () => {
    const info = await redis.info('replication').catch(() => '');
    return info.includes('master_link_status:up');
  }, 'the data are those of the copy');
  expect((await redis.keys('*')).sort()).toEqual(keysOfCopy);
  await redis.replicaof('NO', 'ONE');
}

const LOST = expect.stringMatching(/^redmeter: Redis lost writes that it had acknowledged/);

describe('data that went back', () => {
  it('to before the first batch of a writer that no longer holds its batches: the rest is lost, with one warning', async () => {
    await write(startService(), 1, 'others');
    const snapshot = await takeSnapshot();
    const metrics = startService();
    for (let round = 0; round < 6; round += 1) {
      for (let i = 0; i < 1500; i += 1) metrics.incrementCounter('events', 1, { round, i, path: 'x'.repeat(900) });
      await metrics.flush();
    }
    await restore(snapshot);
    await write(metrics, 1);
    await expectExact(services);
    const { dropped } = metrics.stats().counter;
    expect(dropped.lost).toBeGreaterThan(0);
    expect(dropped.lost).toBeLessThan(9000);
    expect(log.warnings.filter((text) => text.includes('lost'))).toEqual([LOST]);
  });

  it('to before all data: what was acknowledged is lost', async () => {
    const snapshot = await takeSnapshot();
    const metrics = startService();
    for (let round = 0; round < 5; round += 1) await write(metrics, 10);
    await restore(snapshot);
    await write(metrics, 1);
    await expectExact(services);
    expect(metrics.stats().counter).toMatchObject({ flushed: 1, dropped: { lost: 50 } });
  });

  it('to between two batches: written again, what was on its way too', async () => {
    const metrics = startService();
    await write(metrics, 10);
    const snapshot = await takeSnapshot();
    for (let round = 0; round < 5; round += 1) await write(metrics, 10);
    await writeInDoubt(metrics, 1);
    await restore(snapshot);
    await flushed(metrics);
    await expectExact(services);
    expect(await held()).toBe(61);
    expect(log.warnings.filter((text) => text.includes('lost'))).toEqual([]);
  });

  it('while the connection stays, to before a first batch, other writers going on at once', async () => {
    const other = startService();
    await write(other, 1, 'others');
    const copy = await takeCopy();
    const metrics = startService();
    for (let round = 0; round < 5; round += 1) await write(metrics, 10);
    await becomeReplicaOf(copy);
    for (let round = 0; round < 10; round += 1) await write(other, 1, 'others');
    await write(metrics, 1);
    await expectExact(services);
    expect(metrics.stats().counter).toMatchObject({ flushed: 1, dropped: { lost: 50 } });
  });

  it('while the connection stays, to before a first batch', async () => {
    const other = startService();
    await write(other, 1, 'others');
    const copy = await takeCopy();
    const metrics = startService();
    for (let round = 0; round < 5; round += 1) await write(metrics, 10);
    await writeInDoubt(metrics, 1);
    await becomeReplicaOf(copy);
    await write(metrics, 1);
    await expectExact(services);
    expect(await held()).toBe(53);
  });

  it('while the connection stays, to between two batches', async () => {
    const metrics = startService();
    await write(metrics, 10);
    const copy = await takeCopy();
    await write(metrics, 10);
    await becomeReplicaOf(copy);
    await write(metrics, 1);
    await expectExact(services);
    expect(await held()).toBe(21);
  });

  it('and then forward again: recordings that Redis has again count as flushed', async () => {
    const metrics = startService();
    await write(metrics, 10);
    const snapshot = await takeSnapshot();
    await writeInDoubt(metrics, 3);
    await redis.flushall();
    await write(metrics, 2);
    await expectExact(services);
    expect(metrics.stats().counter.dropped).toEqual({ lost: 10 });
    await restore(snapshot);
    await write(metrics, 1);
    await expectExact(services);
    expect(await held()).toBe(16);
  });
});

describe('keys that are gone while the data stand', () => {
  const ledgers = (): Promise<string[]> => redis.keys(keys.writer('*'));
  const lose: Readonly<Record<string, () => Promise<unknown>>> = {
    dataset: () => redis.del(keys.dataset),
    revision: () => redis.del(keys.revision),
    changed: () => redis.del(keys.changed),
    live: () => redis.del(keys.live),
    'the family': () => redis.del(keys.family('events')),
    'the ledgers': async () => redis.del(await ledgers()),
    'the marks': async () => redis.del(await redis.keys(keys.mark('*'))),
    'dataset and the ledgers': async () => redis.del(keys.dataset, ...(await ledgers())),
    'dataset, another writer being the next': async () => {
      await redis.del(keys.dataset);
      await write(startService(), 1, 'others');
    },
  };

  it.each(Object.entries(lose))('%s: nothing counts twice, and nothing is lost', async (_name, loseKeys) => {
    const metrics = startService();
    const other = startService();
    await write(metrics, 100);
    await write(other, 3, 'others');
    await loseKeys();
    await write(metrics, 1);
    await write(other, 3, 'others');
    await loseKeys();
    proxy.cutConnections();
    await write(metrics, 1);
    await write(other, 3, 'others');
    await writeInDoubt(metrics, 7);
    await loseKeys();
    await flushed(metrics);
    await write(other, 3, 'others');
    await expectExact(services);
    expect(metrics.stats().counter).toEqual({ recorded: 109, flushed: 109, pending: 0, dropped: {} });
    expect(log.warnings.filter((text) => text.includes('lost'))).toEqual([]);
  });

  it.each([
    ['a ledger and a mark', []],
    ['a ledger, a mark and the revision', [keys.revision]],
  ])('%s at once: nothing counts twice', async (_name, more) => {
    const metrics = startService();
    await write(metrics, 100);
    await writeInDoubt(metrics, 7);
    await redis.del([...(await ledgers()), ...(await redis.keys(keys.mark('*'))), ...more]);
    proxy.cutConnections();
    await flushed(metrics);
    await write(metrics, 1);
    expect(await held()).toBe(108);
    expect(metrics.stats().counter).toMatchObject({ flushed: 1, dropped: { lost: 100, in_doubt: 7 } });
  });

  it('a ledger, with what it refused: that is heard again', async () => {
    const metrics = startService();
    await write(metrics, 1);
    await redis.lpush('metrics:counter:others', 'x');
    metrics.incrementCounter('others', 1);
    await writeInDoubt(metrics, 7);
    await redis.del(await ledgers());
    await flushed(metrics);
    expect(metrics.stats().counter).toEqual({
      ...{ recorded: 9, flushed: 8, pending: 0, dropped: { wrong_redis_type: 1 } },
    });
  });
});

describe('data that are gone', () => {
  it('while an answer is lost: that batch is written to the new data, what was acknowledged is lost', async () => {
    const metrics = startService();
    const other = startService();
    for (let round = 0; round < 10; round += 1) await write(metrics, 10);
    await write(other, 5, 'others');
    await writeInDoubt(metrics, 7);
    await redis.flushall();
    await write(other, 1, 'others');
    await flushed(metrics);
    await expectExact(services);
    expect(metrics.stats().counter).toEqual({ recorded: 107, flushed: 7, pending: 0, dropped: { lost: 100 } });
    expect(other.stats().counter).toEqual({ recorded: 6, flushed: 1, pending: 0, dropped: { lost: 5 } });
    expect(log.warnings.filter((text) => text.includes('lost'))).toEqual([LOST, LOST]);
  });

  it('while an answer is lost, other writers having written as much since: that batch is in doubt', async () => {
    const metrics = startService();
    const other = startService();
    await write(metrics, 100);
    await writeInDoubt(metrics, 7);
    await redis.flushall();
    for (let round = 0; round < 5; round += 1) await write(other, 1, 'others');
    await flushed(metrics);
    await expectExact(services);
    expect(metrics.stats().counter).toMatchObject({ flushed: 0, dropped: { lost: 100, in_doubt: 7 } });
  });

  it('again and again', async () => {
    const metrics = startService();
    for (let round = 0; round < 3; round += 1) {
      await write(metrics, 10);
      await writeInDoubt(metrics, 1);
      await redis.flushdb();
    }
    await write(metrics, 1);
    await expectExact(services);
    expect(metrics.stats().counter).toMatchObject({ recorded: 34, dropped: { lost: 32 } });
  });

  it('before the first answer of a writer: it is written to the new data', async () => {
    const metrics = startService();
    await writeInDoubt(metrics, 7);
    await redis.flushall();
    await flushed(metrics);
    await expectExact(services);
    expect(await held()).toBe(7);
  });
});
