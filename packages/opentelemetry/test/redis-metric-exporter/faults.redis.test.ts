import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { startCuttingProxy, type CuttingProxy } from '../../../redis-metrics/test/service/cutting-proxy.js';
import { RecordedLog } from '../../../redis-metrics/test/service/recorded-log.js';
import { recordOf, valueOf } from '../records.js';
import { useSdks, type TestSdk } from '../sdk.js';

const PERSISTENT = ['--appendonly', 'yes', '--appendfsync', 'always'];
let server: RedisServer;
let redis: Redis;
let proxy: CuttingProxy;
const startSdk = useSdks(() => ({
  redis: proxy.url,
  ownMetrics: false,
  flushIntervalMs: 50,
  logger: new RecordedLog(),
}));

beforeEach(async () => {
  server = await startRedisServer({ args: PERSISTENT });
  redis = await server.connect();
  proxy = await startCuttingProxy(server.port);
});
afterEach(async () => {
  await proxy.stop();
  await server.stop();
});

/** An application with an instrument of each kind that adds up. */
function startApplication(): TestSdk & { readonly record: (value: number) => void } {
  const sdk = startSdk();
  const [jobs, running, took] = [
    sdk.meter.createCounter('jobs'),
    sdk.meter.createUpDownCounter('running'),
    sdk.meter.createHistogram('took', { advice: { explicitBucketBoundaries: [5, 10] } }),
  ];
  return {
    ...sdk,
    record: (value) => {
      jobs.add(value);
      running.add(value - 5);
      took.record(value);
    },
  };
}

/** Expects that Redis holds each of these values once. */
async function expectOnce(values: readonly number[], client = redis): Promise<void> {
  const sum = values.reduce((total, value) => total + value, 0);
  expect({
    jobs: await valueOf(client, 'metrics:counter:jobs'),
    running: await valueOf(client, 'metrics:gauge:running'),
    took: await recordOf(client, 'metrics:histogram:took'),
  }).toEqual({
    jobs: sum,
    running: sum - 5 * values.length,
    took: expect.objectContaining({
      sum,
      counts: [
        values.filter((value) => value <= 5).length,
        values.filter((value) => value > 5 && value <= 10).length,
        values.filter((value) => value > 10).length,
      ],
    }),
  });
}

const values = (count: number): number[] => Array.from({ length: count }, (_, i) => (7 * i) % 13);

it('counts once what was written although the answer was lost', async () => {
  const { record, flush } = startApplication();
  for (const value of values(20)) {
    record(value);
    proxy.cutReplies(1, /applied/);
    await flush();
  }
  expect(proxy.cuts).toBe(20);
  await expectOnce(values(20));
});

it('counts once through connections that break, and flushes that are forced at any time', async () => {
  const { record, exporter, provider, flush } = startApplication();
  const flushes: Promise<unknown>[] = [];
  for (const [i, value] of values(60).entries()) {
    record(value);
    if (i % 3 === 0) flushes.push(provider.forceFlush());
    if (i % 5 === 0) proxy.cutReplies(1, /applied|duplicate/);
    if (i % 7 === 0) flushes.push(exporter.forceFlush());
    if (i % 11 === 0) proxy.cutConnections();
    if (i % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await Promise.allSettled(flushes)).filter(({ status }) => status === 'rejected')).toEqual([]);
  await flush();
  await expectOnce(values(60));
});

it('counts once when Redis is killed and starts again', async () => {
  const { record, exporter, provider, flush } = startApplication();
  for (const [i, value] of values(6).entries()) {
    record(value);
    if (i % 2 === 0) {
      await flush();
      continue;
    }
    // While it is being written.
    const flushing = provider.forceFlush();
    await server.crash();
    await server.restart();
    await flushing;
  }
  await waitFor(() => exporter.stats().counter.pending === 0, 'all is written');
  await expectOnce(values(6), await server.connect());
});

it('counts once when Redis was full, and after it lost its scripts', async () => {
  const { record, exporter, flush } = startApplication();
  record(1);
  await flush();
  await redis.script('FLUSH');
  await redis.config('SET', 'maxmemory', '1');
  record(2);
  const refused = new Promise((resolve) =>
    exporter.export({ resource: { attributes: {} } as never, scopeMetrics: [] }, resolve),
  );
  const flushing = flush();
  // Nothing was exported with the first; the second has to wait for memory.
  await refused;
  await waitFor(() => exporter.stats().counter.pending === 1, 'it was refused');
  await redis.config('SET', 'maxmemory', '0');
  await flushing;
  record(3);
  await flush();
  await expectOnce([1, 2, 3]);
});

it('counts once what an application shuts down with, when the answer is lost', async () => {
  const applications = [1, 2, 3].map(() => startApplication());
  for (const [i, { record, provider }] of applications.entries()) {
    record(i);
    // In the middle of another export.
    const flushing = provider.forceFlush();
    record(i + 10);
    proxy.cutReplies(1, /applied/);
    await Promise.all([flushing, provider.shutdown()]);
  }
  expect(proxy.cuts).toBe(3);
  await expectOnce([0, 10, 1, 11, 2, 12]);
});

it('writes in shutdown() what no export could write, when Redis is back', async () => {
  const { record, exporter, provider } = startApplication();
  record(4);
  await server.crash();
  const flushing = provider.forceFlush();
  await waitFor(() => exporter.stats().counter.pending === 1, 'it is recorded');
  const shutDown = exporter.shutdown();
  await server.restart();
  await shutDown;
  await flushing;
  await expectOnce([4], await server.connect());
});
