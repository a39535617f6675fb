import { buildSeriesKey, type MetricType } from '@redmeter/metric-format';
import { Redis } from 'ioredis';
import { BOUNDS, newService } from './instruments.js';

// Prints how long flushes of 100,000 changed series take, beside pipelined SETs of the JSON that they leave in Redis.
const SERIES = 100_000;
const ROUNDS = 4;
const BATCH = 100;

const [, , url = ''] = process.argv;
const type: MetricType = process.argv[3] === 'histogram' ? 'histogram' : 'counter';
const service = newService(url);
const redis = new Redis(url);
const labels = Array.from({ length: SERIES }, (_, i) => ({ user: `user-${i}` }));
const changes = type === 'counter' ? counters() : histograms();
const keys = labels.map(({ user }) => buildSeriesKey({ prefix: 'metrics' }, type, `flushed_${type}`, [['user', user]]));

function counters(): (() => void)[] {
  const family = service.counter({ name: 'flushed_counter', labelNames: ['user'] });
  return labels.map((each) => family.labels(each)).map((counter) => () => counter.inc());
}

function histograms(): (() => void)[] {
  const family = service.histogram({ name: 'flushed_histogram', labelNames: ['user'], buckets: BOUNDS });
  return labels
    .map((each, i) => [family.labels(each), i] as const)
    .map(
      ([one, i]) =>
        () =>
          one.observe(i % 6000),
    );
}

interface Cost {
  readonly ms: number;
  /** Of this process and of Redis's main thread. */
  readonly processCpuMs: number;
  readonly redisCpuMs: number;
}

async function redisCpuMs(): Promise<number> {
  const info = await redis.info('cpu');
  return ['user', 'sys'].reduce(
    (sum, kind) => sum + 1000 * Number(new RegExp(`used_cpu_${kind}_main_thread:(\\S+)`).exec(info)?.[1]),
    0,
  );
}

async function cost(work: () => Promise<void>): Promise<Cost> {
  const redisBefore = await redisCpuMs();
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  await work();
  const ms = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms, processCpuMs: (user + system) / 1000, redisCpuMs: (await redisCpuMs()) - redisBefore };
}

async function flush(): Promise<void> {
  for (const change of changes) change();
  await service.flush();
}

/** The time that 99 of 100 calls of the merge script held Redis, in milliseconds, since the statistics were reset. */
async function mergeP99Ms(): Promise<number> {
  const stats = await redis.info('latencystats');
  return Number(/latency_percentiles_usec_evalsha:\S*p99=([\d.]+)/.exec(stats)?.[1]) / 1000;
}

await flush();
const [flushes, sets, p99s]: [Cost[], Cost[], number[]] = [[], [], []];
for (let round = 0; round < ROUNDS; round += 1) {
  await redis.config('RESETSTAT');
  flushes.push(await cost(flush));
  p99s.push(await mergeP99Ms());
  const records: string[] = [];
  for (let at = 0; at < SERIES; at += 1000) {
    for (const record of await redis.mget(keys.slice(at, at + 1000))) records.push(record ?? '');
  }
  sets.push(
    await cost(async () => {
      for (let at = 0; at < SERIES; at += BATCH) {
        const pipeline = redis.pipeline();
        for (let i = at; i < at + BATCH; i += 1) pipeline.set(keys[i] ?? '', records[i] ?? '');
        await pipeline.exec();
      }
    }),
  );
  // What was set so has no time to live.
  await flush();
}
process.stdout.write(JSON.stringify({ flushes, sets, p99s, dropped: service.stats()[type].dropped }), () =>
  process.exit(),
);
