import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis } from 'ioredis';
import { RedisMetricsService } from '../../../src/index.js';
import { MergeProxy } from '../../chaos/proxy/merge-proxy.js';
import { RecordedLog } from '../recorded-log.js';

const SERIES = 500;
const FLUSHES = 30;
const server = useRedisServer({ flushBeforeEach: true });

const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

it.each([undefined, 1, 2])(
  'no batch of a shard is sent before the one before it is answered, however many flushes are asked for: shards %s',
  async (shards) => {
    const proxy = await MergeProxy.start(server.port);
    const metrics = new RedisMetricsService({
      redis: proxy.url,
      flushIntervalMs: 10,
      logger: new RecordedLog(),
      ...(shards === undefined ? {} : { shards }),
    });
    started.push(
      () => proxy.stop(),
      () => metrics.close(),
    );
    const recordAndFlush = (): void => {
      for (let i = 0; i < SERIES; i += 1) metrics.incrementCounter('events', 1, { i });
      void Promise.allSettled([metrics.flush()]);
    };
    for (let flush = 0; flush < FLUSHES; flush += 1) {
      const held = proxy.nextCall();
      recordAndFlush();
      const call = await held;
      for (let turn = 0; turn < 20; turn += 1) {
        if (turn % 10 === 0) recordAndFlush();
        await nextTurn();
      }
      const reply = await call.run();
      const delivery = call.deliver(reply?.bytes ?? Buffer.alloc(0));
      call.release();
      await delivery;
    }
    await waitFor(() => metrics.stats().counter.pending === 0, 'all is written');
    expect(metrics.stats().counter).toMatchObject({ flushed: FLUSHES * SERIES * 3, dropped: {} });
    expect(proxy.answered('applied')).toBeGreaterThan(FLUSHES);
    expect(proxy.mostUnderWay).toBe(1);
  },
);

it('none is sent beside one whose answer is not waited for any longer, while its connection is there', async () => {
  const proxy = await MergeProxy.start(server.port);
  const client = new Redis(proxy.url, { protocol: 2 });
  const metrics = new RedisMetricsService({
    redis: client,
    flushIntervalMs: 10,
    logger: new RecordedLog(),
    ownMetrics: false,
  });
  started.push(
    () => proxy.stop(),
    () => client.disconnect(),
    () => metrics.close(),
  );
  const held = proxy.nextCall();
  metrics.incrementCounter('events');
  const call = await held;
  await expect(metrics.flush()).rejects.toThrow('no answer');
  metrics.incrementCounter('events');
  const flush = metrics.flush();
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  expect(proxy.mostUnderWay).toBe(1);
  const reply = await call.run();
  const delivery = call.deliver(reply?.bytes ?? Buffer.alloc(0));
  call.release();
  await Promise.all([delivery, flush]);
  expect(proxy.mostUnderWay).toBe(1);
  expect(metrics.stats().counter).toMatchObject({ recorded: 2, flushed: 2 });
});
