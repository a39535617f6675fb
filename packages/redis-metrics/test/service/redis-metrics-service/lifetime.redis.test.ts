import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { keys, recordOf, valueOf } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
const { startService } = useServices(() => ({ redis: server.url, flushIntervalMs: 50, logger: log }));

beforeEach(() => {
  log = new RecordedLog();
});

describe('series', () => {
  it('live as long as their process, and expire after it', async () => {
    const metrics = startService({ ttlSeconds: 1 });
    metrics.incrementCounter('events');
    metrics.setGauge('level', 3);
    await metrics.flush();
    const [counter, gauge] = ['metrics:counter:events', 'metrics:gauge:level'];
    const expiresAtMs = await server.client.pexpiretime(counter);
    await waitFor(async () => {
      const ends = await Promise.all([server.client.pexpiretime(counter), server.client.pexpiretime(gauge)]);
      return ends.every((endMs) => endMs > expiresAtMs + 1000);
    }, 'both are kept alive');
    expect(await valueOf(server.client, 'counter', counter)).toBe(1);
    await metrics.close();
    await waitFor(async () => (await server.client.exists(counter, gauge)) === 0, 'both expire');
    expect(log.warnings).toEqual([]);
  });

  it("are released when idle for long, but not the library's own metrics", async () => {
    const metrics = startService({ ttlSeconds: 1, idleTtlSeconds: 1, writerId: 'w' });
    metrics.gauge({ name: 'heap', mode: 'process' }).labels().set(5);
    const lasting = ['metrics:gauge:heap:process=w', 'metrics:gauge:redmeter_writer_redis_may_evict:writer=w'];
    await waitFor(async () => (await server.client.exists(...lasting)) === 2, 'they are written');
    metrics.setGauge('level', 3);
    await metrics.flush();
    await waitFor(async () => (await server.client.exists('metrics:gauge:level')) === 0, 'what is idle is gone');
    const nowMs = Date.now();
    for (const key of lasting) {
      await waitFor(async () => (await server.client.pexpiretime(key)) > nowMs + 1500, `${key} is kept alive`);
    }
  });

  it('are kept while their handle is held, however long nothing was recorded', async () => {
    const metrics = startService({ ttlSeconds: 1, idleTtlSeconds: 1 });
    const jobs = metrics.counter({ name: 'jobs' }).labels();
    const key = 'metrics:counter:jobs';
    for (let run = 1; run <= 4; run += 1) {
      metrics.incrementCounter('by_name', run);
      await metrics.flush();
      await waitFor(async () => {
        return (await server.client.exists('metrics:counter:by_name')) === 0;
      }, 'what was recorded by name is gone');
      jobs.inc();
      await metrics.flush();
      expect(await valueOf(server.client, 'counter', key)).toBe(run);
    }
    const { timestampMs = 0, ...record } = await recordOf(server.client, 'counter', key);
    expect(record).toMatchObject({ type: 'counter', value: 4 });
    // It is the count that began with the first of them, several times to live ago.
    expect(timestampMs - ('createdMs' in record ? (record.createdMs ?? 0) : 0)).toBeGreaterThan(3000);
  });

  it('of gauges come back where Redis lost them, with the time they were set', async () => {
    const metrics = startService({ ttlSeconds: 1 });
    metrics.setGauge('level', 3);
    await metrics.flush();
    const { timestampMs = 0 } = await recordOf(server.client, 'gauge', 'metrics:gauge:level');
    await waitFor(() => Date.now() - timestampMs > 2000, 'it was set long ago');
    await server.client.flushall();
    await waitFor(async () => (await server.client.exists('metrics:gauge:level')) === 1, 'it is back');
    const back = await recordOf(server.client, 'gauge', 'metrics:gauge:level');
    // By its age, which the call to Redis adds to.
    expect(Math.abs((back.timestampMs ?? 0) - timestampMs)).toBeLessThan(1000);
  });

  it('of gauges come back where Redis could not be reached until they expired, and counts begin again', async () => {
    const metrics = startService({ ttlSeconds: 2 });
    metrics.setGauge('level', 3);
    metrics.incrementCounter('events', 5);
    await metrics.flush();
    await server.client.client('PAUSE', 60_000, 'WRITE');
    metrics.incrementCounter('events');
    await waitFor(async () => (await server.client.exists('metrics:gauge:level')) === 0, 'they are gone');
    await server.client.client('UNPAUSE');
    await waitFor(async () => (await server.client.exists('metrics:gauge:level')) === 1, 'the gauge is back');
    expect(await valueOf(server.client, 'gauge', 'metrics:gauge:level')).toBe(3);
    await metrics.flush();
    expect(await valueOf(server.client, 'counter', 'metrics:counter:events')).toBe(1);
  });
});

it('flushes by itself, in batches', async () => {
  const metrics = startService();
  for (let i = 0; i < 1000; i += 1) metrics.incrementCounter('many', 1, { i });
  await waitFor(() => metrics.stats().counter.flushed === 1000, 'all is written');
  expect(await server.client.zcount(keys.live, '-inf', '+inf')).toBeGreaterThan(1000);
  expect(Number(await server.client.get(keys.revision))).toBeGreaterThanOrEqual(7);
});

it('collects gauges before each flush, and continues when that fails or takes too long', async () => {
  const metrics = startService({ flushIntervalMs: 600_000, ttlSeconds: 3600 });
  let level = 0;
  metrics.gauge({ name: 'level', collect: (gauge) => gauge.labels().set((level += 1)) });
  metrics.gauge({ name: 'later', collect: async (gauge) => Promise.resolve().then(() => gauge.labels().set(7)) });
  metrics.gauge({
    name: 'failing',
    collect: () => {
      throw new Error('no level today');
    },
  });
  await metrics.flush();
  await metrics.flush();
  expect(await valueOf(server.client, 'gauge', 'metrics:gauge:level')).toBe(2);
  expect(await valueOf(server.client, 'gauge', 'metrics:gauge:later')).toBe(7);
  expect(log.warnings).toEqual(['redmeter: collect() of the gauge failing failed: no level today']);
  metrics.gauge({ name: 'hanging', collect: () => new Promise(() => undefined) });
  metrics.incrementCounter('events');
  await metrics.flush();
  expect(await valueOf(server.client, 'counter', 'metrics:counter:events')).toBe(1);
  expect(log.warnings).toHaveLength(2);
});

it('writes under another prefix', async () => {
  const metrics = startService({ prefix: 'shop-1' });
  metrics.incrementCounter('events', 1, { event: 'a=b' });
  await metrics.flush();
  expect(await server.client.exists('shop-1:counter:events:event=a%3Db', 'shop-1-meta:dataset')).toBe(2);
  expect(await server.client.keys('metrics*')).toEqual([]);
});

it('names the metrics that exceed their limit of series', async () => {
  const metrics = startService({ writerId: 'w', flushIntervalMs: 600_000, ttlSeconds: 3600, maxSeriesPerFamily: 2 });
  for (let i = 0; i < 5; i += 1) metrics.incrementCounter('visits', 1, { user: i });
  await metrics.flush();
  expect(metrics.stats()).toMatchObject({ counter: { dropped: { series_limit: 3 } }, seriesLimit: { visits: 3 } });
  expect(await server.client.keys('metrics:counter:visits:*')).toHaveLength(2);
  const own = 'metrics:counter:redmeter_writer_series_limit_dropped_total:metric=visits,writer=w';
  expect(await valueOf(server.client, 'counter', own)).toBe(3);
  expect(log.warnings).toEqual([expect.stringContaining('the counter visits are dropped: series_limit')]);
});

it('writes its own metrics', async () => {
  const metrics = startService({ writerId: 'w:1', flushIntervalMs: 600_000, ttlSeconds: 3600 });
  metrics.incrementCounter('events');
  metrics.incrementCounter('events', -1);
  metrics.setGauge('level', 1);
  await metrics.flush();
  await server.client.config('SET', 'maxmemory', '1');
  await expect(metrics.flush()).rejects.toThrow('OOM');
  await server.client.config('SET', 'maxmemory', '0');
  await metrics.flush();
  await metrics.flush();
  const own = (type: string, name: string, labels = ''): string =>
    `metrics:${type}:redmeter_writer_${name}:${labels}writer=w%3A1`;
  expect(await valueOf(server.client, 'counter', own('counter', 'flushes_total'))).toBe(2);
  expect(await valueOf(server.client, 'counter', own('counter', 'flush_failures_total'))).toBe(1);
  expect(await recordOf(server.client, 'histogram', own('histogram', 'flush_duration_ms'))).toMatchObject({ count: 3 });
  expect(await valueOf(server.client, 'gauge', own('gauge', 'series', 'type=counter,'))).toBe(1);
  expect(await valueOf(server.client, 'counter', own('counter', 'recorded_total', 'type=counter,'))).toBe(2);
  expect(await valueOf(server.client, 'counter', own('counter', 'recorded_total', 'type=histogram,'))).toBe(0);
  expect(await valueOf(server.client, 'counter', own('counter', 'dropped_total', 'reason=invalid_value,'))).toBe(1);
  const lastFlush = await valueOf(server.client, 'gauge', own('gauge', 'last_flush_timestamp_seconds'));
  expect(Math.abs(lastFlush - Date.now() / 1000)).toBeLessThan(60);
  // They are beside what the application recorded, and not counted with it.
  expect(metrics.stats().counter).toEqual({ recorded: 2, flushed: 1, pending: 0, dropped: { invalid_value: 1 } });
});

it('writes no own metrics if they are turned off', async () => {
  const metrics = startService({ ownMetrics: false });
  metrics.incrementCounter('events');
  await metrics.flush();
  await metrics.close();
  expect(await server.client.keys('metrics:*')).toEqual(['metrics:counter:events']);
});
