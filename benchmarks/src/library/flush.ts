import { buildSeriesKey, type MetricType } from '@redmeter/metric-format';
import { Redis } from 'ioredis';
import { listCommands, listedMs } from '../slow-log.js';
import { BOUNDS, newService } from './instruments.js';

// Prints how long flushes of 100,000 changed series take, beside pipelined SETs of the JSON that they leave in Redis.
const SERIES = 100_000;
const ROUNDS = 4;
/** What one call of the merge script holds at most, in counters. */
const BATCH = 128;
/** Any call with a full batch takes more; from 0 on, each command inside a call would be listed too, hundreds of thousands. */
const LISTED_MICROSECONDS = 100;

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

await flush();
const [flushes, sets, mergesMs]: [Cost[], Cost[], number[]] = [[], [], []];
for (let round = 0; round < ROUNDS; round += 1) {
  await listCommands(redis, LISTED_MICROSECONDS);
  flushes.push(await cost(flush));
  mergesMs.push(...(await listedMs(redis, 'evalsha')));
  await listCommands(redis, -1);
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
if (mergesMs.length < (ROUNDS * SERIES) / BATCH) {
  throw new Error(`expected ${(ROUNDS * SERIES) / BATCH} merge calls in the slow log, got ${mergesMs.length}`);
}
process.stdout.write(JSON.stringify({ flushes, sets, mergesMs, dropped: service.stats()[type].dropped }), () =>
  process.exit(),
);
