import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hashSlot, shardTags } from '@redmeter/metric-format';
import { startRedisCluster, type ClusterNode, type RedisCluster, waitFor } from '@redmeter/test-servers';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { RedisMetricsService } from '../../../src/index.js';
import { aclRules } from '../../documents.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { LIVE_ON, MAX_MS, runProcess } from '../../service/run-process.js';
import { Load, readStoredInCluster } from '../load.js';

const SHARDS = 3;
const SLOTS = shardTags(SHARDS).map(hashSlot);

let cluster: RedisCluster;
let client: Cluster;
let nodeRedis: ReturnType<typeof createCluster>;
let load: Load | undefined;

beforeAll(async () => {
  cluster = await startRedisCluster();
  client = new Cluster([...cluster.urls], { slotsRefreshInterval: 1000 });
  client.on('error', () => undefined);
  nodeRedis = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) });
  nodeRedis.on('error', () => undefined);
  await nodeRedis.connect();
});
afterAll(async () => {
  client.disconnect();
  nodeRedis.destroy();
  await cluster.stop();
});
afterEach(async () => {
  await load?.abandon();
  load = undefined;
  await cluster.settled();
  for (const slot of SLOTS) await (await cluster.masterOf(slot)).client.flushall();
});

function startLoad(): Load {
  const own = { redis: { cluster: cluster.urls }, shards: SHARDS };
  return (load = new Load([own, own, ...[client, nodeRedis].map((redis) => ({ redis, shards: SHARDS }))]));
}

describe('several writers on the same series of a cluster are exact', () => {
  it('while slots go to another node and back, each several times', async () => {
    const writers = startLoad();
    await writers.goesOn();
    for (let round = 0; round < 3; round += 1) {
      for (const slot of SLOTS) {
        const from = await cluster.masterOf(slot);
        const masters = await Promise.all(SLOTS.map((other) => cluster.masterOf(other)));
        const to = masters.find(({ id }) => id !== from.id) ?? from;
        expect(await cluster.migrateSlot(slot, to)).toBeGreaterThan(10);
        await writers.goesOn();
        await cluster.migrateSlot(slot, from);
      }
    }
    await writers.goesOn();
    await writers.stop();
    expect(writers.dropped()).toEqual({});
    expect(await readStoredInCluster(cluster, SHARDS)).toEqual(writers.expected());
  });

  it('while a slot stays on its way for long: what has moved is found, what is new waits', async () => {
    const writers = startLoad();
    await writers.goesOn();
    const [slot = 0, other = 0] = SLOTS;
    const [from, to] = [await cluster.masterOf(slot), await cluster.masterOf(other)];
    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[];
    const half = keys.filter((_key, i) => i % 2 === 0);
    await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 10_000, 'KEYS', ...half);
    // The other shards are not held up.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cluster.migrateSlot(slot, to);
    await writers.goesOn();
    await writers.stop();
    expect(writers.dropped()).toEqual({});
    expect(await readStoredInCluster(cluster, SHARDS)).toEqual(writers.expected());
    await cluster.migrateSlot(slot, from);
  });

  it('while masters hand over to their replicas', async () => {
    const writers = startLoad();
    await writers.goesOn();
    for (const slot of SLOTS) {
      await cluster.failOver(slot);
      await writers.goesOn();
    }
    await writers.stop();
    expect(writers.dropped()).toEqual({});
    expect(await readStoredInCluster(cluster, SHARDS)).toEqual(writers.expected());
  });

  it('when a master dies with writes that its replica has not', async () => {
    const writers = startLoad();
    await writers.goesOn();
    const [slot = 0] = SLOTS;
    const dead = await cluster.masterOf(slot);
    const [replica = dead] = await cluster.replicasOf(dead);
    // It cannot come back to its master, and misses what is written from now on.
    await replica.client.config('SET', 'masterauth', 'wrong');
    await dead.client.call('CLIENT', 'KILL', 'TYPE', 'replica');
    await writers.goesOn();
    await writers.goesOn();
    const offset = async (node: ClusterNode): Promise<number> =>
      Number(/master_repl_offset:(\d+)/.exec(await node.client.info('replication'))?.[1]);
    expect(await offset(dead)).toBeGreaterThan(await offset(replica));
    await replica.client.config('SET', 'masterauth', '');
    const promoted = await cluster.killMasterOf(slot);
    expect(promoted.id).not.toBe(dead.id);
    await writers.goesOn();
    await cluster.restart(dead);
    await writers.goesOn();
    await writers.stop();
    expect(writers.dropped()).toEqual({});
    expect(await readStoredInCluster(cluster, SHARDS)).toEqual(writers.expected());
  });
});

it('discovers all nodes from one, and writes each shard to its master', async () => {
  const [seed = ''] = cluster.urls;
  const log = new RecordedLog();
  const service = new RedisMetricsService({ redis: { cluster: [seed] }, shards: SHARDS, logger: log });
  for (let i = 0; i < 100; i += 1) service.incrementCounter('orders', 1, { i });
  await service.flush();
  await service.close();
  expect(service.stats().counter).toMatchObject({ flushed: 100, dropped: {} });
  const masters = await Promise.all(SLOTS.map((slot) => cluster.masterOf(slot)));
  expect(new Set(masters.map(({ id }) => id)).size).toBe(3);
  for (const [i, master] of masters.entries()) {
    expect(await master.client.keys(`metrics:{${shardTags(SHARDS)[i] ?? ''}}:counter:orders:*`)).not.toEqual([]);
  }
  expect([...log.warnings, ...log.errors]).toEqual([]);
});

it('continues with the other shards while a node does not reply, and writes everything when it does', async () => {
  const service = new RedisMetricsService({
    redis: { cluster: cluster.urls },
    shards: SHARDS,
    logger: new RecordedLog(),
    flushIntervalMs: 20,
  });
  let recorded = 0;
  const record = (): void => {
    for (let i = 0; i < 100; i += 1) service.incrementCounter('orders', 1, { i });
    recorded += 100;
  };
  record();
  await service.flush();
  const [sick = 0, ...healthy] = SLOTS;
  const { client: silent } = await cluster.masterOf(sick);
  const nodes = await Promise.all(healthy.map(async (slot) => (await cluster.masterOf(slot)).client));
  const tags = shardTags(SHARDS).filter((tag) => hashSlot(tag) !== sick);
  await silent.client('PAUSE', 60_000, 'WRITE');
  // Each shard has some of these; of what the library reports about itself, the silent one may have nothing.
  record();
  const flush = expect(service.flush()).rejects.toMatchObject({ code: 'flush_failed' });
  for (const [i, node] of nodes.entries()) {
    const revision = async (): Promise<number> => Number(await node.get(`metrics-meta:{${tags[i] ?? ''}}:revision`));
    const before = await revision();
    await waitFor(async () => {
      record();
      return (await revision()) > before + 50;
    }, 'fifty flushes more are written');
  }
  await flush;
  await silent.client('UNPAUSE');
  await waitFor(() => service.stats().counter.pending === 0, 'all is written', 20_000);
  expect(service.stats().counter).toEqual({ recorded, flushed: recorded, pending: 0, dropped: {} });
  await service.close();
});

it('lets the process end', async () => {
  const options = { redis: { cluster: cluster.urls }, shards: SHARDS };
  expect(Number(await runProcess(options, LIVE_ON))).toBeLessThan(MAX_MS);
});

describe('the rules of the README for a user', () => {
  const { writer, cluster: besides } = aclRules();

  /** Writes to every shard, one of which is on its way to another node; returns what the user was denied. */
  async function writeAs(rules: readonly string[]): Promise<string[]> {
    for (const { client: node } of cluster.nodes) {
      await node.acl('SETUSER', 'redmeter-writer', 'reset', ...rules);
      await node.acl('LOG', 'RESET');
    }
    const urls = cluster.urls.map((url) => url.replace('//', '//redmeter-writer:password@'));
    const service = new RedisMetricsService({
      redis: { cluster: urls },
      shards: SHARDS,
      logger: new RecordedLog(),
      ownMetrics: false,
      flushIntervalMs: 600_000,
      ttlSeconds: 3600,
    });
    const write = async (): Promise<void> => {
      for (let shop = 0; shop < 50; shop += 1) service.incrementCounter('orders', 1, { shop });
      await Promise.allSettled([service.flush()]);
    };
    await write();
    const [slot = 0, other = 0] = SLOTS;
    const [from, to] = [await cluster.masterOf(slot), await cluster.masterOf(other)];
    await cluster.migrateSlot(slot, to, { isToEnd: false });
    await write();
    await cluster.migrateSlot(slot, to);
    await cluster.migrateSlot(slot, from);
    const logs = (await Promise.all(cluster.nodes.map(({ client: node }) => node.acl('LOG')))) as unknown[][][];
    // close() would try for seconds where nothing can be written.
    for (const { client: node } of cluster.nodes) await node.acl('SETUSER', 'redmeter-writer', '+@all');
    await service.close();
    expect(service.stats().counter).toEqual({ recorded: 100, flushed: 100, pending: 0, dropped: {} });
    return [...new Set(logs.flat().map((entry) => String(entry[entry.indexOf('object') + 1])))].sort();
  }

  it('are enough in a cluster, and none of those is to spare that a cluster takes besides', async () => {
    // INFO is asked for a warning only, and goes without.
    expect(await writeAs([...writer, ...besides])).toEqual(['info']);
    for (const rule of besides) {
      const denied = await writeAs([...writer, ...besides.filter((other) => other !== rule)]);
      expect(denied).toContain(rule.slice(1));
    }
  });
});
