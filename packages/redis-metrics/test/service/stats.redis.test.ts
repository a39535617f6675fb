import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { RedisMetricsService, type MetricsStats } from '../../src/index.js';
import { keys, valueOf } from '../merge/merge-call.js';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.js';
import { eventually } from './eventually.js';
import { RecordedLog } from './recorded-log.js';

let server: RedisServer;
let redis: Redis;
let proxy: CuttingProxy;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
  proxy = await startCuttingProxy(server.port);
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

function expectBalance(stats: MetricsStats): void {
  for (const type of ['counter', 'gauge', 'histogram'] as const) {
    const { recorded, flushed, pending, dropped } = stats[type];
    const coalesced = type === 'gauge' ? stats.gauge.coalesced : 0;
    const droppedInAll = Object.values(dropped).reduce((sum, n) => sum + n, 0);
    expect({ type, recorded }).toEqual({ type, recorded: flushed + pending + droppedInAll + coalesced });
    expect(Math.min(recorded, flushed, pending, coalesced, ...Object.values(dropped))).toBeGreaterThanOrEqual(0);
  }
}

/** How often each step was recorded, so that Redis can be compared. */
interface Recorded {
  events: number;
}

type Step = (metrics: RedisMetricsService, recorded: Recorded) => void | Promise<void>;

const steps: Readonly<Record<string, Step>> = {
  increment: (metrics, recorded) => {
    recorded.events += 1;
    metrics.incrementCounter('events');
  },
  incrementBadly: (metrics) => {
    metrics.incrementCounter('events', -1);
    metrics.incrementCounter('up');
    metrics.incrementCounter('events', 1, { le: '5' });
    metrics.incrementCounter('level');
  },
  set: (metrics) => {
    for (const value of [1, Number.NaN, 3]) metrics.setGauge('level', value);
  },
  observe: (metrics) => {
    metrics.recordHistogram('took_ms', 5, { endpoint: 'join' });
    metrics.recordHistogram('took_ms', Number.NaN);
  },
  recordMany: (metrics) => {
    for (let i = 0; i < 250; i += 1) metrics.incrementCounter('many', 1, { i });
  },
  flush: async (metrics) => {
    await Promise.allSettled([metrics.flush()]);
  },
  startFlush: (metrics) => {
    void Promise.allSettled([metrics.flush()]);
  },
  cutAnswer: () => proxy.cutReplies(1, /applied/),
  breakSeries: async () => {
    await redis.config('SET', 'maxmemory', '0');
    await redis.set('metrics:histogram:took_ms:endpoint=join', 'garbage');
    // In one step: a flush under way may write the gauge anew in between.
    await redis.multi().del('metrics:gauge:level').lpush('metrics:gauge:level', 'x').exec();
  },
  forgetScripts: async () => {
    await redis.script('FLUSH');
  },
  fillMemory: async () => {
    await redis.config('SET', 'maxmemory', '1');
  },
  freeMemory: async () => {
    await redis.config('SET', 'maxmemory', '0');
  },
  yield: () => new Promise((resolve) => setImmediate(resolve)),
};

it('recorded is flushed, pending, dropped and coalesced at every moment, and Redis holds what was flushed', async () => {
  const names = fc.constantFrom(...Object.keys(steps));
  await fc.assert(
    fc.asyncProperty(fc.array(names, { maxLength: 30 }), async (run) => {
      await redis.config('SET', 'maxmemory', '0');
      await redis.flushall();
      proxy.cutReplies(0, /^/);
      const metrics = new RedisMetricsService({ redis: proxy.url, flushIntervalMs: 10_000, logger: new RecordedLog() });
      const recorded = { events: 0 };
      let watching = true;
      const watch = (): void => {
        expectBalance(metrics.stats());
        if (watching) setImmediate(watch);
      };
      try {
        watch();
        for (const name of run) {
          await steps[name]?.(metrics, recorded);
          expectBalance(metrics.stats());
        }
        await redis.config('SET', 'maxmemory', '0');
        await eventually(
          'all is flushed',
          async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
        );
        expectBalance(metrics.stats());
        expect(metrics.stats().counter.pending).toBe(0);
        if (recorded.events > 0) {
          expect(await valueOf(redis, 'counter', 'metrics:counter:events')).toBe(recorded.events);
        }
        expect(await redis.exists(keys.dataset)).toBe(1);
      } finally {
        watching = false;
        await metrics.close();
        expectBalance(metrics.stats());
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);
