import { RedisMetricsService } from '@redmeter/redis-metrics';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { Benchmark, Claim, Result } from './benchmark.js';
import { median } from './statistics.js';

const SERIES = 1000;
const FEW = 2;
const MANY = 200;
/** Flushes in a round: as many calls of the merge script, whoever makes them. */
const FLUSHES_A_ROUND = 200;
const ROUNDS = 4;

interface Run {
  readonly writers: number;
  readonly bytes: number;
  readonly keys: number;
  readonly callMicroseconds: number;
  readonly exact: number;
}

/** 200 writers on the same 1,000 series beside 2: what each costs. */
export const manyWriters: Benchmark = {
  name: 'writers',
  async run(progress) {
    const servers = [await startRedisServer(), await startRedisServer()] as const;
    try {
      const [few, many] = [await start(servers[0], FEW), await start(servers[1], MANY)];
      // The two take turns, so that a slow moment of the machine falls on both.
      for (let round = 1; round <= ROUNDS; round += 1) {
        progress(`round ${round} of ${ROUNDS}`);
        await runRound(few);
        await runRound(many);
      }
      return result(await finish(few), await finish(many));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
};

interface Group {
  readonly redis: Redis;
  /** Each adds one to every series, and flushes. */
  readonly writers: readonly (() => Promise<void>)[];
  readonly medians: number[];
}

async function start(server: RedisServer, count: number): Promise<Group> {
  const redis = await server.connect();
  // All writers listen to this one connection.
  redis.setMaxListeners(0);
  const writers = Array.from({ length: count }, () => {
    // Their own metrics would be series of their own for each writer, by its name.
    const service = new RedisMetricsService({
      redis,
      flushIntervalMs: 3_600_000,
      ttlSeconds: 36_000,
      ownMetrics: false,
    });
    const family = service.counter({ name: 'events_total', labelNames: ['i'] });
    const counters = Array.from({ length: SERIES }, (_, i) => family.labels({ i }));
    return async () => {
      for (const counter of counters) counter.inc();
      await service.flush();
    };
  });
  return { redis, writers, medians: [] };
}

async function runRound({ redis, writers, medians }: Group): Promise<void> {
  await redis.config('RESETSTAT');
  for (let flush = 0; flush < FLUSHES_A_ROUND; flush += 1) await writers[flush % writers.length]?.();
  medians.push(await callMicroseconds(redis));
}

async function finish({ redis, writers, medians }: Group): Promise<Run> {
  const total = ROUNDS * FLUSHES_A_ROUND;
  return { writers: writers.length, callMicroseconds: median(medians), ...(await stored(redis, total)) };
}

/** What half of the calls of the merge script take at most, since the statistics were reset. */
async function callMicroseconds(redis: Redis): Promise<number> {
  const stats = await redis.info('latencystats');
  return Number(/latency_percentiles_usec_evalsha:p50=([\d.]+)/.exec(stats)?.[1]);
}

/** What the data take, and how many series have the total that they should. */
async function stored(redis: Redis, total: number): Promise<Pick<Run, 'bytes' | 'keys' | 'exact'>> {
  const keys = await redis.keys('metrics*');
  const run = { bytes: 0, keys: keys.length, exact: 0 };
  for (const key of keys) {
    run.bytes += Number(await redis.memory('USAGE', key, 'SAMPLES', 0));
    if (!key.startsWith('metrics:')) continue;
    const record = JSON.parse((await redis.get(key)) ?? '{}') as { readonly value?: number };
    if (record.value === total) run.exact += 1;
  }
  return run;
}

function result(few: Run, many: Run): Result {
  const bytesAWriter = (many.bytes - few.bytes) / (many.writers - few.writers);
  const claims: Claim[] = [
    { text: 'bytes in Redis for one more writer', measured: bytesAWriter, atMost: 400, unit: ' B' },
    {
      text: 'time of a merge call with 200 writers, times that with 2',
      measured: many.callMicroseconds / few.callMicroseconds,
      atMost: 1.25,
      unit: 'x',
    },
    { text: 'series with exact totals', measured: Math.min(few.exact, many.exact), atLeast: SERIES, unit: '' },
  ];
  return {
    name: 'writers',
    method: `Writers on the same ${SERIES} counters, one after the other, each in batches of 100; MEMORY USAGE of every key, and the median time that a call of the merge script holds Redis.`,
    columns: ['writers', 'keys', 'bytes', 'µs a merge call', 'series with exact totals'],
    rows: [few, many].map((run) => [run.writers, run.keys, run.bytes, run.callMicroseconds.toFixed(0), run.exact]),
    claims,
  };
}
