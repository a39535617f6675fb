import { longestTurnMs } from '@redmeter/test-servers';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { Redis } from 'ioredis';

// The longest turn of the event loop while the library has work with many series; and beside it, while it has none.
const SERIES = 50_000;
const ROUNDS = 3;
const BUCKETS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

const [url = '', work = ''] = process.argv.slice(2);
const expires = work === 'idle counters';
const metrics = new RedisMetricsService({
  ...{ redis: url, writerId: 'w' },
  ...(expires
    ? { flushIntervalMs: 500, ttlSeconds: 2, idleTtlSeconds: 2 }
    : { flushIntervalMs: 600_000, ttlSeconds: 3600 }),
});
const counters = metrics.counter({ name: 'changed', labelNames: ['i', 'kind'] });
const histograms = metrics.histogram({ name: 'took_ms', labelNames: ['i'], buckets: BUCKETS });
const redis = new Redis(url);

const changes = changesOf(Array.from({ length: SERIES }, (_, i) => i));

function changesOf(numbers: readonly number[]): readonly (() => void)[] {
  // By name: a handle that is held keeps its series alive.
  if (expires) return numbers.map((i) => () => metrics.incrementCounter('changed', 1, { i, kind: 'a' }));
  if (work === 'changed histograms') {
    return numbers.map((i) => histograms.labels({ i })).map((histogram) => () => histogram.observe(12.3));
  }
  return numbers.map((i) => counters.labels({ i, kind: 'a' })).map((counter) => () => counter.inc());
}

function changeAll(): void {
  for (const change of changes) change();
}

async function untilNoneIsLeft(): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (performance.now() < deadlineMs) {
    const record = await redis.get('metrics:gauge:redmeter_writer_series:type=counter,writer=w');
    if (record !== null && (JSON.parse(record) as { readonly value: unknown }).value === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('expected idle series to be gone within a minute');
}

/** All that changed is flushed before and changes again, so that it is the most that a removal has to do. */
async function remove(call: () => void): Promise<void> {
  await metrics.flush();
  changeAll();
  await measure(async () => {
    call();
    await metrics.flush();
  });
}

const works: Record<string, () => Promise<void>> = {
  'changed counters': () => measure(() => metrics.flush()),
  'changed histograms': () => measure(() => metrics.flush()),
  'idle counters': async () => {
    await metrics.flush();
    await measure(untilNoneIsLeft);
  },
  'clear()': () => remove(() => counters.clear()),
  'removeMatching()': () => remove(() => counters.removeMatching({ kind: 'a' })),
};

const turnsMs: number[] = [];
const idleTurnsMs: number[] = [];

async function measure(work: () => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  turnsMs.push(await longestTurnMs(Promise.resolve().then(work)));
  const tookMs = performance.now() - startedAtMs;
  idleTurnsMs.push(await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs))));
}

for (let round = 0; round < ROUNDS; round += 1) {
  changeAll();
  await new Promise((resolve) => setImmediate(resolve));
  await works[work]?.();
}
await metrics.close();
redis.disconnect();
const { counter, histogram } = metrics.stats();
const flushed = counter.flushed + histogram.flushed;
if (flushed !== SERIES * ROUNDS) throw new Error(`expected ${SERIES * ROUNDS} changes flushed, got ${flushed}`);
console.log(JSON.stringify({ turnsMs, idleTurnsMs }));
