import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { internalKeys } from '@redmeter/metric-format';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { RedisMetricsService, type Counter, type MetricsStats } from '../../src/index.js';
import { Shards } from '../../src/recording/series/shards.js';
import { valueOf } from '../lua/merge-call.js';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.js';
import { RecordedLog } from './recorded-log.js';

const MAX_OF_A_METRIC = 200;
const server = useRedisServer();
let proxy: CuttingProxy;

beforeAll(async () => {
  proxy = await startCuttingProxy(server.port);
});
afterAll(async () => {
  await proxy.stop();
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

/** What was recorded since the last removal, so that Redis can be compared. */
interface Recorded {
  readonly shards: Shards;
  /** Whether nothing was done to Redis, or the service, by which it must hold something else. */
  isExact: boolean;
  closed: Promise<void> | undefined;
  events: number;
  stock: number;
  many: Set<number>;
  handle: Counter | undefined;
}

type Step = (metrics: RedisMetricsService, recorded: Recorded) => void | Promise<void>;

const steps: Readonly<Record<string, Step>> = {
  increment: (metrics, recorded) => {
    recorded.events += 1;
    metrics.incrementCounter('events');
  },
  incrementByHandle: (metrics, recorded) => {
    recorded.handle ??= metrics.counter({ name: 'events' }).labels();
    recorded.events += 1;
    recorded.handle.inc();
  },
  removeEvents: (metrics, recorded) => {
    recorded.events = 0;
    metrics.counter({ name: 'events' }).remove();
  },
  clearEvents: (metrics, recorded) => {
    recorded.events = 0;
    metrics.counter({ name: 'events' }).clear();
  },
  addUp: (metrics, recorded) => {
    const stock = metrics.gauge({ name: 'stock', mode: 'sum' }).labels();
    recorded.stock += 5 - 2;
    stock.inc(5);
    stock.dec(2);
    stock.set(7);
  },
  removeStock: (metrics, recorded) => {
    recorded.stock = 0;
    metrics.gauge({ name: 'stock', mode: 'sum' }).clear();
  },
  lease: (metrics) => {
    metrics.gauge({ name: 'heap', mode: 'process' }).labels().set(1);
    metrics.gauge({ name: 'heap', mode: 'last' }).labels().set(1);
  },
  removeMany: (metrics, recorded) => {
    for (const i of recorded.many) if (i % 3 === 0) recorded.many.delete(i);
    for (let i = 0; i < 250; i += 3) metrics.counter<'i'>({ name: 'many' }).remove({ i });
  },
  clearMany: (metrics, recorded) => {
    recorded.many.clear();
    metrics.counter({ name: 'many' }).clear();
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
  recordMany: (metrics, recorded) => {
    for (let i = 0; i < 250; i += 1) {
      if (recorded.many.size < MAX_OF_A_METRIC) recorded.many.add(i);
      metrics.incrementCounter('many', 1, { i });
    }
  },
  flush: async (metrics) => {
    await Promise.allSettled([metrics.flush()]);
  },
  startFlush: (metrics) => {
    void Promise.allSettled([metrics.flush()]);
  },
  cutAnswer: () => proxy.cutReplies(1, /applied/),
  breakSeries: async (_metrics, { shards }) => {
    await server.client.config('SET', 'maxmemory', '0');
    await server.client.set(shards.keyOf('histogram', 'took_ms', [['endpoint', 'join']]), 'garbage');
    const level = shards.keyOf('gauge', 'level', []);
    // In one step: a flush under way may write the gauge again in between.
    await server.client.multi().del(level).lpush(level, 'x').exec();
  },
  loseAll: async (_metrics, recorded) => {
    recorded.isExact = false;
    await server.client.flushall();
  },
  loseLedgers: async (_metrics, recorded) => {
    recorded.isExact = false;
    const ledgers = await server.client.keys('metrics-meta:*writer:*');
    if (ledgers.length > 0) await server.client.del(ledgers);
  },
  closeWhileFlushing: (metrics, recorded) => {
    recorded.isExact = false;
    void Promise.allSettled([metrics.flush()]);
    recorded.closed = metrics.close();
  },
  forgetScripts: async () => {
    await server.client.script('FLUSH');
  },
  fillMemory: async () => {
    await server.client.config('SET', 'maxmemory', '1');
  },
  freeMemory: async () => {
    await server.client.config('SET', 'maxmemory', '0');
  },
  yield: () => new Promise((resolve) => setImmediate(resolve)),
};

async function expectHeld({ shards, events, stock, many }: Recorded): Promise<void> {
  const held = async (type: 'counter' | 'gauge', name: string): Promise<number> => {
    const key = shards.keyOf(type, name, []);
    return (await server.client.exists(key)) === 1 ? valueOf(server.client, type, key) : 0;
  };
  expect(await held('counter', 'events')).toBe(events);
  expect(await held('gauge', 'stock')).toBe(stock);
  const keysOfMany = [...many].map((i) => shards.keyOf('counter', 'many', [['i', String(i)]]));
  expect((await server.client.keys('metrics:*counter:many:*')).sort()).toEqual(keysOfMany.sort());
  const datasets = shards.spaces.map((space) => internalKeys(space).dataset);
  expect(await server.client.exists(...datasets)).toBeGreaterThan(0);
}

it('recorded is flushed, pending, dropped and coalesced at every moment, and Redis holds what was flushed', async () => {
  const all = Object.keys(steps);
  const comparable = all.filter((name) => !['loseAll', 'loseLedgers', 'closeWhileFlushing'].includes(name));
  // Every other step is one that keeps recordings coming and going; left to itself, fast-check makes few steps.
  const usual = fc.constantFrom('increment', 'observe', 'flush', 'flush', 'startFlush', 'yield');
  const runOf = (names: readonly string[]): fc.Arbitrary<string[]> =>
    fc.array(fc.oneof(usual, fc.constantFrom(...names)), { maxLength: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.oneof(runOf(comparable), runOf(all)), fc.constantFrom(undefined, 2), async (run, count) => {
      await server.client.config('SET', 'maxmemory', '0');
      await server.client.flushall();
      proxy.cutReplies(0, /^/);
      const metrics = new RedisMetricsService({
        redis: proxy.url,
        flushIntervalMs: 10_000,
        maxSeriesPerFamily: MAX_OF_A_METRIC,
        ...(count === undefined ? {} : { shards: count }),
        logger: new RecordedLog(),
      });
      const shards = new Shards('metrics', count);
      const recorded: Recorded = {
        ...{ shards, isExact: true, closed: undefined },
        ...{ events: 0, stock: 0, many: new Set(), handle: undefined },
      };
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
        await server.client.config('SET', 'maxmemory', '0');
        await (recorded.closed ??
          waitFor(
            async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
            'all is flushed',
          ));
        expectBalance(metrics.stats());
        expect(metrics.stats().counter.pending).toBe(0);
        if (recorded.isExact) await expectHeld(recorded);
      } finally {
        watching = false;
        await metrics.close();
        expectBalance(metrics.stats());
      }
    }),
    { numRuns: 40 },
  );
}, 300_000);
