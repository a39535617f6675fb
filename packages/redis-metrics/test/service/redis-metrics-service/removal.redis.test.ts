import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { RedisMetricsService } from '../../../src/index.js';
import { keys, valueOf } from '../../lua/merge-call.js';
import { startCuttingProxy } from '../cutting-proxy.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
let metrics: RedisMetricsService;
const { startService } = useServices(() => ({
  redis: server.url,
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
  ownMetrics: false,
}));

beforeEach(() => {
  log = new RecordedLog();
  metrics = startService();
});

/** The series in Redis, without what the keys have in common. */
async function series(): Promise<string[]> {
  const found = await server.client.keys('metrics:*');
  expect((await server.client.zrange(keys.live, '0', '-1')).sort()).toEqual([...found].sort());
  return found.map((key) => key.replace('metrics:counter:', '')).sort();
}

describe('remove', () => {
  it('deletes a series here and in Redis, and drops what waits of it', async () => {
    const jobs = metrics.counter({ name: 'jobs', labelNames: ['queue'] });
    jobs.labels({ queue: 'a' }).inc();
    jobs.labels({ queue: 'b' }).inc();
    await metrics.flush();
    jobs.labels({ queue: 'a' }).inc(5);
    jobs.labels({ queue: 'b' }).inc();
    jobs.remove({ queue: 'a' });
    expect(metrics.stats().counter).toEqual({ recorded: 4, flushed: 2, pending: 1, dropped: { removed: 1 } });
    await metrics.flush();
    expect(await series()).toEqual(['jobs:queue=b']);
    expect(metrics.stats().counter).toEqual({ recorded: 4, flushed: 3, pending: 0, dropped: { removed: 1 } });
    expect(log.warnings).toEqual([]);
  });

  it('is followed by a new count, through a handle and by name alike', async () => {
    const jobs = metrics.counter({ name: 'jobs', labelNames: ['queue'] });
    const handle = jobs.labels({ queue: 'a' });
    handle.inc(5);
    await metrics.flush();
    jobs.remove({ queue: 'a' });
    handle.inc(2);
    metrics.incrementCounter('jobs', 1, { queue: 'a' });
    expect(jobs.labels({ queue: 'a' })).toBe(handle);
    await metrics.flush();
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(3);
    handle.inc();
    jobs.remove({ queue: 'a' });
    jobs.remove({ queue: 'a' });
    handle.inc(10);
    jobs.remove({ queue: 'a' });
    handle.inc(7);
    await metrics.flush();
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(7);
    expect(metrics.stats().counter).toEqual({ recorded: 6, flushed: 4, pending: 0, dropped: { removed: 2 } });
  });

  it('works for each type; each starts from the beginning', async () => {
    const gauge = metrics.gauge({ name: 'level' });
    const sum = metrics.gauge({ name: 'stock', mode: 'sum' });
    const own = metrics.gauge({ name: 'heap', mode: 'process' });
    const histogram = metrics.histogram({ name: 'took_ms', buckets: [5] });
    gauge.labels().set(5);
    sum.labels().inc(5);
    own.labels().set(5);
    histogram.labels().observe(5);
    await metrics.flush();
    for (const family of [gauge, sum, own, histogram]) family.remove();
    await metrics.flush();
    expect(await series()).toEqual([]);
    gauge.labels().inc(2);
    sum.labels().inc(2);
    own.labels().inc(2);
    histogram.labels().observe(9);
    await metrics.flush();
    expect(await valueOf(server.client, 'gauge', 'metrics:gauge:level')).toBe(2);
    expect(await valueOf(server.client, 'gauge', 'metrics:gauge:stock')).toBe(2);
    expect(await server.client.keys('metrics:gauge:heap:process=*')).toHaveLength(1);
    expect(JSON.parse((await server.client.get('metrics:histogram:took_ms')) ?? '')).toMatchObject({
      count: 1,
      counts: [0, 1],
    });
  });

  it('removes what only other processes have recorded; they begin a new count', async () => {
    const other = startService();
    other.incrementCounter('jobs', 5, { queue: 'a' });
    await other.flush();
    const jobs = metrics.counter({ name: 'jobs' });
    jobs.remove({ queue: 'a' });
    expect(metrics.stats().counter.pending).toBe(0);
    await metrics.flush();
    expect(await series()).toEqual([]);
    other.incrementCounter('jobs', 2, { queue: 'a' });
    await other.flush();
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(2);
  });

  it('removes of metrics and labels of UTF-8 what it should, though names have characters of patterns', async () => {
    const other = startService();
    const names = ['http.jobs', 'http[jobs]', 'http*', 'http?', 'http:jobs', 'httpXjobs', 'http*jobs'];
    for (const name of names) {
      other.counter({ name }).labels({ 'queue.name': 'a', 'x,y=': 'b' }).inc();
      other.counter({ name }).labels({ 'queue.name': 'b' }).inc();
    }
    await other.flush();
    for (const name of names) {
      const before = await series();
      metrics.counter({ name }).removeMatching({ 'queue.name': 'a', 'x,y=': 'b' });
      await metrics.flush();
      const removed = `${name.replace(':', '%3A')}:queue.name=a,x%2Cy%3D=b`;
      expect(await series()).toEqual(before.filter((one) => one !== removed));
    }
    metrics.counter({ name: 'http*' }).clear();
    await metrics.flush();
    expect(await series()).toHaveLength(names.length - 1);
  });

  it('frees a place', async () => {
    const few = metrics.counter({ name: 'jobs', labelNames: ['queue'], maxSeries: 1 });
    few.labels({ queue: 'a' }).inc();
    few.labels({ queue: 'b' }).inc();
    few.remove({ queue: 'a' });
    few.labels({ queue: 'b' }).inc();
    await metrics.flush();
    expect(await series()).toEqual(['jobs:queue=b']);
    expect(metrics.stats().counter.dropped).toEqual({ removed: 1, series_limit: 1 });
  });

  it('is refused with invalid labels, and logged once', async () => {
    const jobs = metrics.counter({ name: 'jobs', labelNames: ['queue'] });
    jobs.labels().inc();
    for (let i = 0; i < 2; i += 1) jobs.remove({ que: 'a' } as never);
    jobs.removeMatching({ queue: undefined } as never);
    metrics.counter({ name: 'bad name\0' }).clear();
    await metrics.flush();
    expect(await series()).toEqual(['jobs']);
    expect(log.warnings).toEqual([
      'redmeter: no series of the counter jobs are removed: invalid_label_name: label "que": expected one of the declared labels "queue"',
      expect.stringContaining('"bad name\\u0000"'),
    ]);
  });

  it('is written once and in order although the reply was lost', async () => {
    const proxy = await startCuttingProxy(server.port);
    const cut = startService({ redis: proxy.url });
    const jobs = cut.counter({ name: 'jobs' });
    try {
      for (let round = 1; round <= 5; round += 1) {
        jobs.labels().inc(round);
        jobs.labels({ queue: 'a' }).inc(round);
        await Promise.allSettled([cut.flush()]);
        jobs.remove();
        jobs.labels({ queue: 'a' }).inc();
        proxy.cutReplies(2, /applied/);
        await waitFor(async () => (await Promise.allSettled([cut.flush()]))[0].status === 'fulfilled', 'it is flushed');
        expect(await series()).toEqual(['jobs:queue=a']);
      }
      expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(15 + 5);
      expect(proxy.cuts).toBeGreaterThanOrEqual(5);
    } finally {
      await cut.close();
      await proxy.stop();
    }
  });
});

it('a gauge that was removed is not brought back by another process that had set it, and lives', async () => {
  const other = startService({ flushIntervalMs: 50, ttlSeconds: 5 });
  for (const name of ['level', 'kept']) other.setGauge(name, 1);
  await other.flush();
  metrics.gauge({ name: 'level' }).remove();
  await metrics.flush();
  const expiresAtMs = await server.client.pexpiretime('metrics:gauge:kept');
  await waitFor(
    async () => (await server.client.pexpiretime('metrics:gauge:kept')) > expiresAtMs + 1000,
    'the other is kept alive',
  );
  expect(await server.client.exists('metrics:gauge:level')).toBe(0);
  other.setGauge('level', 2);
  await other.flush();
  expect(await valueOf(server.client, 'gauge', 'metrics:gauge:level')).toBe(2);
});

describe('removeMatching and clear', () => {
  const all = [{ queue: 'a', host: '1' }, { queue: 'a', host: '2' }, { queue: 'b', host: '1' }, { queue: 'a' }, {}];

  it.each([
    [{ queue: 'a' }, ['jobs', 'jobs:host=1,queue=b']],
    [{ queue: 'a', host: '' }, ['jobs', 'jobs:host=1,queue=a', 'jobs:host=1,queue=b', 'jobs:host=2,queue=a']],
    [{ host: 1 }, ['jobs', 'jobs:host=2,queue=a', 'jobs:queue=a']],
    [
      { queue: 'c' },
      ['jobs', ...['1,queue=a', '1,queue=b', '2,queue=a'].map((rest) => `jobs:host=${rest}`), 'jobs:queue=a'],
    ],
    [{ host: '1', queue: 'b' }, ['jobs', 'jobs:host=1,queue=a', 'jobs:host=2,queue=a', 'jobs:queue=a']],
    [{}, []],
  ])('remove what has the labels %j, of this process and of others', async (labels, left) => {
    const other = startService();
    for (const writer of [metrics, other]) {
      for (const each of all) writer.incrementCounter('jobs', 1, each);
      writer.incrementCounter('jobs_too', 1, { queue: 'a' });
      await writer.flush();
    }
    const third = startService();
    third.counter<'queue' | 'host'>({ name: 'jobs' }).removeMatching(labels);
    await third.flush();
    expect(await series()).toEqual([...left, 'jobs_too:queue=a'].sort());
    metrics.counter<'queue' | 'host'>({ name: 'jobs' }).removeMatching(labels);
    await metrics.flush();
    expect(await series()).toEqual([...left, 'jobs_too:queue=a'].sort());
  });

  it('leave what was recorded since, whoever had written it before', async () => {
    const other = startService();
    for (const queue of ['old', 'both', 'known']) other.incrementCounter('jobs', 5, { queue });
    await other.flush();
    const jobs = metrics.counter({ name: 'jobs', labelNames: ['queue'] });
    jobs.labels({ queue: 'known' }).inc(5);
    await metrics.flush();
    jobs.clear();
    jobs.labels({ queue: 'both' }).inc();
    jobs.labels({ queue: 'known' }).inc(2);
    jobs.labels({ queue: 'new' }).inc(3);
    await metrics.flush();
    await metrics.flush();
    expect(await series()).toEqual(['jobs:queue=both', 'jobs:queue=known', 'jobs:queue=new']);
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=both')).toBe(1);
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=known')).toBe(2);
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=new')).toBe(3);
  });

  it('find thousands of series, and values with separators', async () => {
    const other = startService();
    for (let i = 0; i < 3000; i += 1) other.incrementCounter('jobs', 1, { queue: i });
    other.incrementCounter('jobs', 1, { queue: 'a,b=c:d%' });
    await other.flush();
    metrics.counter({ name: 'jobs', labelNames: ['queue'] }).removeMatching({ queue: 'a,b=c:d%' });
    await metrics.flush();
    expect(await server.client.zcard(keys.live)).toBe(3000);
    metrics.counter({ name: 'jobs' }).clear();
    await metrics.flush();
    expect(await series()).toEqual([]);
  });

  it('search all shards', async () => {
    const [sharded, other] = [startService({ shards: 3, prefix: 'shop' }), startService({ shards: 3, prefix: 'shop' })];
    for (let i = 0; i < 20; i += 1) other.incrementCounter('jobs', 1, { queue: i % 2, i });
    await other.flush();
    sharded.counter<'queue'>({ name: 'jobs' }).removeMatching({ queue: 0 });
    sharded.incrementCounter('jobs', 1, { queue: 0, i: 0 });
    await sharded.flush();
    const left = await server.client.keys('shop:*');
    expect(left.filter((key) => key.includes('queue=1'))).toHaveLength(10);
    expect(left.filter((key) => key.includes('queue=0'))).toEqual([
      expect.stringContaining('counter:jobs:i=0,queue=0'),
    ]);
  });

  it('wait until Redis is up again', async () => {
    const other = startService();
    other.incrementCounter('jobs', 1, { queue: 'a' });
    await other.flush();
    await server.client.config('SET', 'maxmemory', '1');
    metrics.counter({ name: 'jobs' }).clear();
    metrics.incrementCounter('jobs', 1, { queue: 'b' });
    await expect(metrics.flush()).rejects.toThrow('OOM');
    metrics.incrementCounter('jobs', 1, { queue: 'a' });
    await server.client.config('SET', 'maxmemory', '0');
    await metrics.flush();
    expect(await series()).toEqual(['jobs:queue=a', 'jobs:queue=b']);
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(1);
  });

  it('search once, however often they were requested since', async () => {
    const other = startService();
    for (const queue of ['a', 'b', 'c']) other.incrementCounter('jobs', 5, { queue });
    await other.flush();
    const jobs = metrics.counter<'queue'>({ name: 'jobs' });
    for (let i = 0; i < 100; i += 1) {
      for (const queue of ['a', 'b']) jobs.removeMatching({ queue });
      metrics.incrementCounter('jobs', 1, { queue: 'a' });
    }
    await server.client.config('RESETSTAT');
    await metrics.flush();
    expect(await server.client.info('commandstats')).toContain('cmdstat_zscan:calls=2,');
    expect(await series()).toEqual(['jobs:queue=a', 'jobs:queue=c']);
    expect(await valueOf(server.client, 'counter', 'metrics:counter:jobs:queue=a')).toBe(1);
    expect(metrics.stats().counter).toEqual({ recorded: 100, flushed: 1, pending: 0, dropped: { removed: 99 } });
  });

  it('remove of a gauge of mode process only those of this process', async () => {
    const other = startService({ writerId: 'other' });
    for (const writer of [metrics, other]) {
      writer.gauge({ name: 'heap', mode: 'process' }).labels().set(1);
      await writer.flush();
    }
    metrics.gauge({ name: 'heap' }).clear();
    await metrics.flush();
    expect(await series()).toEqual(['metrics:gauge:heap:process=other']);
  });

  it('remove the series of this process when it may not search for more', async () => {
    await server.client.acl('SETUSER', 'old', 'on', '>password', '~*', '+@all', '-zscan');
    const old = startService({ redis: `redis://old:password@127.0.0.1:${server.port}` });
    metrics.incrementCounter('jobs', 1, { queue: 'a' });
    await metrics.flush();
    old.incrementCounter('jobs', 1, { queue: 'b' });
    await old.flush();
    old.counter({ name: 'jobs' }).clear();
    await old.flush();
    expect(await series()).toEqual(['jobs:queue=a']);
    expect(log.warnings).toEqual([expect.stringContaining('removing only series that this process recorded')]);
  });
});
