import { readFileSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { hashSlot, shardOf, shardTags } from '@redmeter/metric-format';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricsService } from '../../../src/index.js';
import { RecordedLog } from '../recorded-log.js';

const READER = readFileSync(new URL('../../../../../configs/redis-exporter.lua', import.meta.url), 'utf8');

const server = useRedisServer();
const services: RedisMetricsService[] = [];

beforeEach(async () => {
  // Before they close, too: one that was refused would try for 5 seconds.
  await server.client.flushall();
  await Promise.all(services.splice(0).map((service) => service.close()));
  await server.client.flushall();
});

function serviceWith(shards: number | undefined, writerId: string): RedisMetricsService {
  const service = new RedisMetricsService({
    redis: server.url,
    writerId,
    logger: new RecordedLog(),
    ...(shards === undefined ? {} : { shards }),
  });
  services.push(service);
  return service;
}

it('puts each series into the shard in whose slots its key would lie, with its own internal keys', async () => {
  const writers = [serviceWith(3, 'a'), serviceWith(3, 'b')];
  for (const writer of writers) {
    const orders = writer.counter({ name: 'orders', help: 'Orders placed.', labelNames: ['shop'] });
    for (let shop = 0; shop < 300; shop += 1) orders.labels({ shop }).inc(2);
    writer.recordHistogram('pay_ms', 3);
    await writer.flush();
  }

  const tags = shardTags(3);
  const keys = (await server.client.keys('metrics*')).map((key) => {
    const [, tag = '', rest = ''] = /^metrics(?:-meta)?:\{(\d+)\}:(.*)$/.exec(key) ?? [];
    return { key, tag, rest };
  });
  expect(keys.filter(({ tag }) => !tags.includes(tag))).toEqual([]);
  const series = keys.filter(({ key }) => key.startsWith('metrics:'));
  for (const { tag, rest } of series) expect(tag).toBe(tags[shardOf(`metrics:${rest}`, 3)]);
  for (const tag of tags) {
    expect(Math.floor((hashSlot(tag) * 3) / 16_384)).toBe(tags.indexOf(tag));
    const orders = series.filter((key) => key.tag === tag && key.rest.startsWith('counter:orders:'));
    expect(orders.length).toBeGreaterThan(50);
    expect(await server.client.get(`metrics-meta:{${tag}}:dataset`)).toMatch(
      /^\{"format":1,"id":"[\w-]+","shards":3\}$/,
    );
    expect(await server.client.get(`metrics-meta:{${tag}}:family:orders`)).toContain('"help":"Orders placed."');
    expect(await server.client.keys(`metrics-meta:{${tag}}:writer:*`)).toHaveLength(2);
    expect(await server.client.zcard(`metrics-meta:{${tag}}:live`)).toBe(
      series.filter((key) => key.tag === tag).length,
    );
  }

  const lines = (await server.client.eval(READER, 0)) as string[];
  expect(lines).toContain('# HELP orders Orders placed.');
  expect(lines.filter((line) => /^orders\{shop="\d+"\} 4$/.test(line))).toHaveLength(300);
  expect(lines).toContain('pay_ms_count 2');
  const fromIndexes = (await server.client.eval(READER, 0, 'text', 'scan_limit=0')) as string[];
  expect(fromIndexes.filter((line) => /^orders\{shop="\d+"\} 4$/.test(line))).toHaveLength(300);
});

it.each([
  [3, 4],
  [4, 3],
  [3, 1],
  [1, 8],
])('a start with %i shards over data in %i is refused, and writes nothing', async (theirs, ours) => {
  const first = serviceWith(theirs, 'first');
  first.incrementCounter('orders');
  await first.close();
  const before = (await server.client.keys('*')).sort();
  const second = serviceWith(ours, 'second');
  for (let shop = 0; shop < 100; shop += 1) second.incrementCounter('orders', 1, { shop });
  await expect(second.flush()).rejects.toMatchObject({
    code: 'incompatible_data',
    message: expect.stringMatching(
      new RegExp(`in (one shard|${ours} shards) under this prefix, got .*"shards":${theirs}`),
    ) as unknown,
  });
  expect(second.stats().counter).toMatchObject({ pending: 100, flushed: 0 });
  expect((await server.client.keys('*')).sort()).toEqual(before);
});

it('two starts at once with two numbers of shards: one of them writes', async () => {
  const both = [serviceWith(5, 'five'), serviceWith(7, 'seven')];
  for (const service of both) for (let i = 0; i < 200; i += 1) service.incrementCounter('orders', 1, { i });
  const ends = await Promise.allSettled(both.map((service) => service.flush()));
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const records = await Promise.all(
    (await server.client.keys('metrics-meta:*:dataset')).map((key) => server.client.get(key)),
  );
  expect(new Set(records.map((record) => /"shards":\d/.exec(record ?? '')?.[0])).size).toBe(1);
});

it('writes to one shard at the usual interval while another is refused', async () => {
  const [good = '', bad = ''] = shardTags(2);
  await server.client.acl('SETUSER', 'writer', 'reset', 'on', '>password', '+@all', '~metrics*');
  const service = new RedisMetricsService({
    redis: server.url.replace('//', '//writer:password@'),
    shards: 2,
    flushIntervalMs: 20,
    logger: new RecordedLog(),
  });
  services.push(service);
  const record = (): void => {
    for (let i = 0; i < 100; i += 1) service.incrementCounter('orders', 1, { i });
  };
  record();
  await service.flush();
  await server.client.acl('SETUSER', 'writer', 'resetkeys', `~metrics:{${good}}:*`, `~metrics-meta:{${good}}:*`);
  const revision = async (tag: string): Promise<number> =>
    Number(await server.client.get(`metrics-meta:{${tag}}:revision`));
  // A flush under way may still have written to it.
  await waitFor(async () => {
    record();
    const [outcome] = await Promise.allSettled([service.flush()]);
    return outcome.status === 'rejected';
  }, 'the other is refused');
  const [before, refusedBefore] = [await revision(good), await revision(bad)];
  await waitFor(async () => {
    record();
    return (await revision(good)) > before + 100;
  }, 'a hundred flushes more are written');
  expect(await revision(bad)).toBe(refusedBefore);
  expect(service.stats().counter.pending).toBeGreaterThan(0);
  await expect(service.flush()).rejects.toMatchObject({ code: 'flush_failed' });
  await server.client.acl('SETUSER', 'writer', '~metrics*');
  await service.flush();
  expect(service.stats().counter).toMatchObject({ pending: 0, dropped: {} });
});

it('counts what waits in all shards', async () => {
  const service = serviceWith(4, 'a');
  for (let i = 0; i < 1000; i += 1) service.incrementCounter('orders', 1, { i: i % 100 });
  expect(service.stats().counter).toMatchObject({ recorded: 1000, pending: 1000, flushed: 0 });
  await service.flush();
  expect(service.stats().counter).toMatchObject({ recorded: 1000, pending: 0, flushed: 1000 });
});
