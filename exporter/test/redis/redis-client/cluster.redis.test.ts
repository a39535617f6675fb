import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSlot, shardTags } from '@redmeter/metric-format';
import { startRedisCluster, type ClusterNode, type RedisCluster, waitFor } from '@redmeter/test-servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkExposition } from '../../exposition/exposition-checker.js';
import { writeToShard } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';
import { applicationLines, valueOf } from '../../topologies/scrape-text.js';

const TAGS = shardTags(3);
/** Six keys without a tag, two on each of three masters with equal ranges of slots. */
const LOOSE = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'].map(
  (q) => `metrics:counter:by_hand_total:q=${q}`,
);

let cluster: RedisCluster;
let exporter: TestExporter;
/** Another for each test, whose counts are no higher than those before. */
let created = 1000;
beforeAll(async () => {
  // Else all masters refuse reads from when one is found failing to when its replica takes over.
  cluster = await startRedisCluster({ args: ['--cluster-allow-reads-when-down', 'yes'] });
  exporter = await startTestExporter(cluster.urls[0] ?? '');
});
afterAll(async () => {
  await exporter.stop();
  await cluster.stop();
});

async function ownerOf(key: string): Promise<ClusterNode> {
  return cluster.masterOf(hashSlot(key));
}

async function writeShards(value: number): Promise<void> {
  for (const [i, tag] of TAGS.entries()) {
    const { client } = await ownerOf(`{${tag}}`);
    const counter = JSON.stringify({ type: 'counter', value, created, timestamp: 2000 });
    const histogram = JSON.stringify({ count: 7, sum: 812.5, bounds: [5, 10], counts: [1, 2, 4], created });
    await writeToShard(
      client,
      { tag, shards: 3 },
      {
        [`metrics:{${tag}}:counter:jobs_total:shard=${i}`]: counter,
        [`metrics:{${tag}}:histogram:wait_ms:shard=${i}`]: histogram,
      },
    );
  }
}

beforeEach(async () => {
  created += 1;
  for (const start of [0, 6_000, 12_000]) await (await cluster.masterOf(start)).client.flushall();
  await writeShards(5);
  for (const key of LOOSE) await (await ownerOf(key)).client.set(key, '3');
});

const shardLines = (text: string): string[] => applicationLines(text).filter((line) => line.startsWith('jobs_total'));
const looseLines = (text: string): string[] =>
  applicationLines(text).filter((line) => line.startsWith('by_hand_total'));

describe('a cluster', () => {
  it('is read on every master, by shards and by keys that were written by hand', async () => {
    const owners = new Set(await Promise.all(LOOSE.map(async (key) => (await ownerOf(key)).id)));
    expect(owners.size).toBe(3);
    const text = await exporter.metrics();
    expect(shardLines(text).sort()).toEqual([0, 1, 2].map((i) => `jobs_total{shard="${i}"} 5`));
    expect(looseLines(text)).toHaveLength(LOOSE.length);
    expect(checkExposition(text, 'text').problems).toEqual([]);
    expect(text.match(/^redmeter_node_up\{.*\} 1$/gm)).toHaveLength(3);
    expect(valueOf(text, 'redmeter_series{type="counter"}')).toBe(3 + LOOSE.length);
    const openMetrics = await exporter.metrics({ accept: 'application/openmetrics-text;version=1.0.0' });
    expect(checkExposition(openMetrics, 'openmetrics').problems).toEqual([]);
  });

  it('returns the same bytes from every exporter, whichever node it was configured with', async () => {
    const others = await Promise.all([
      startTestExporter(cluster.urls[5] ?? ''),
      startTestExporter(`redis://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`),
    ]);
    // One of them has followed a change, which the others found there.
    await exporter.metrics();
    await writeShards(6);
    const [first, ...answers] = await Promise.all([exporter, ...others].map(async (one) => one.metrics()));
    for (const answer of answers) expect(applicationLines(answer)).toEqual(applicationLines(first ?? ''));
    expect(shardLines(first ?? '')).toContain('jobs_total{shard="0"} 6');
    await Promise.all(others.map(async (one) => one.stop()));
  });

  it('reads only what changed', async () => {
    const known = (text: string): number => valueOf(text, 'redmeter_exporter_keys_read_total') ?? Number.NaN;
    await exporter.metrics();
    const before = known(await exporter.metrics());
    // Keys in no index are read each time, and so are those in turn; none is read twice.
    expect(known(await exporter.metrics()) - before).toBeLessThanOrEqual(LOOSE.length + 6);
    expect(valueOf(await exporter.metrics(), 'redmeter_exporter_rebuilds_total{reason="reconnect"}') ?? 0).toBe(0);
  });

  it('adds up what two nodes hold of one series, and counts it', async () => {
    const twice = LOOSE.find((key) => hashSlot(key) !== hashSlot(`${key},p=1`)) ?? '';
    const [one, two] = [twice.replace('q=', 'p=1,q='), `${twice},p=1`];
    for (const key of [one, two]) await (await ownerOf(key)).client.set(key, '4');
    const text = await exporter.metrics();
    const lines = looseLines(text).filter((line) => line.includes('p="1"'));
    expect(lines).toEqual([expect.stringMatching(/ 8$/)]);
    expect(valueOf(text, 'redmeter_skipped_keys{reason="duplicate_series"}')).toBe(1);
    expect(checkExposition(text, 'text').problems).toEqual([]);
  });

  it('reads the announced alone where its database is large', async () => {
    const indexed = await startTestExporter(cluster.urls[0] ?? '', { scanLimitKeys: 0 });
    const [announced = '', unknown = ''] = LOOSE;
    await (await ownerOf('metrics-meta:keys')).client.sadd('metrics-meta:keys', announced);
    const text = await indexed.metrics();
    expect(shardLines(text)).toHaveLength(3);
    expect(looseLines(text)).toEqual([`by_hand_total{${announced.slice(-3).replace('=', '="')}"} 3`]);
    expect(unknown).not.toBe(announced);
    expect(valueOf(text, 'redmeter_scan_disabled')).toBe(1);
    await indexed.stop();
  });

  it('lets in a user with no more rights than the documents name', async () => {
    const document = readFileSync(join(__dirname, '../../../../docs/exporters.md'), 'utf8').replace(/\s+/g, ' ');
    const rights = /Redis user needs `([^`]+)`, in a cluster also `([^`]+)`/.exec(document)?.slice(1).join(' ') ?? '';
    const keys = ['%R~metrics:*', '%R~metrics-meta:*', 'resetchannels', '-@all'];
    for (const { client } of cluster.nodes) {
      await client.acl('SETUSER', 'reader', 'on', '>pw', ...keys, ...rights.split(' '));
      await client.acl('LOG', 'RESET');
    }
    const reader = await startTestExporter(cluster.urls[0] ?? '', { access: { user: 'reader', password: 'pw' } });
    const text = await reader.metrics();
    expect([shardLines(text).length, looseLines(text).length]).toEqual([3, LOOSE.length]);
    for (const { client } of cluster.nodes) expect(await client.acl('LOG')).toEqual([]);
    await reader.stop();
  });

  it('is followed while a slot moves', async () => {
    await exporter.metrics();
    const [key = ''] = LOOSE;
    const from = await ownerOf(key);
    const to = (await Promise.all([0, 6_000, 12_000].map(async (slot) => cluster.masterOf(slot)))).find(
      ({ id }) => id !== from.id,
    );
    if (to === undefined) throw new Error('expected another master');
    await cluster.migrateSlot(hashSlot(key), to);
    const text = await waitFor(async () => {
      const next = await exporter.metrics();
      return looseLines(next).length === LOOSE.length ? next : undefined;
    });
    expect(checkExposition(text, 'text').problems).toEqual([]);
    await cluster.migrateSlot(hashSlot(key), from);
    await waitFor(async () => looseLines(await exporter.metrics()).length === LOOSE.length);
  });
});

it('holds counts that a failover lost, shows the others meanwhile, and names who is missing', async () => {
  const [tag = ''] = TAGS;
  const slot = hashSlot(`{${tag}}`);
  const master = await cluster.masterOf(slot);
  const [replica] = await cluster.replicasOf(master);
  expect(shardLines(await exporter.metrics())).toContain('jobs_total{shard="0"} 5');
  await waitFor(async () => (await replica?.client.call('DBSIZE')) === (await master.client.dbsize()));
  // From here on the replica gets nothing: its master would refuse it.
  await replica?.client.config('SET', 'masterauth', 'nobody');
  await replica?.client.call('CLIENT', 'KILL', 'TYPE', 'master');
  await waitFor(async () => (await replica?.client.info('replication'))?.includes('master_link_status:down') === true);
  await writeShards(9);
  expect(shardLines(await exporter.metrics())).toContain('jobs_total{shard="0"} 9');

  await cluster.kill(master);
  const down = await exporter.metrics();
  expect(valueOf(down, 'redmeter_up')).toBe(1);
  expect(down).toContain(
    `redmeter_node_up{node="127.0.0.1:${master.port}",redis="127.0.0.1:${cluster.nodes[0]?.port ?? 0}"} 0\n`,
  );
  expect(shardLines(down)).not.toContain('jobs_total{shard="0"} 9');
  expect(shardLines(down)).toEqual(expect.arrayContaining([1, 2].map((i) => `jobs_total{shard="${i}"} 9`)));

  const values: (number | undefined)[] = [];
  const held = await waitFor(async () => {
    const text = await exporter.metrics();
    values.push(valueOf(text, 'jobs_total{shard="0"}'));
    return values.at(-1) === undefined ? undefined : text;
  });
  // All nodes must have heard of it before the others write to it.
  await waitFor(async () => (await ownerOf(`{${tag}}`)).id === replica?.id);
  expect(await replica?.client.get(`metrics:{${tag}}:counter:jobs_total:shard=0`)).toContain('"value":5');
  expect(values.at(-1)).toBe(9);
  expect(valueOf(held, 'redmeter_exporter_held_counters')).toBeGreaterThanOrEqual(1);
  await writeShards(11);
  const after = await exporter.metrics();
  expect(shardLines(after)).toContain('jobs_total{shard="0"} 11');
  expect(valueOf(after, 'redmeter_exporter_held_counters')).toBe(0);
  expect(exporter.log.filter((line) => line.includes(String(master.port)) && line.startsWith('warn'))).toHaveLength(1);
});
