import { parseArgs } from 'node:util';
import { longestTurnMs } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { RedisMetricsService } from '../../src/index.js';
import { eventually } from './eventually.js';

// Measures the longest turn of the event loop while the library has work with many series; and beside it, while it has none.
const { values } = parseArgs({
  options: {
    redis: { type: 'string' },
    work: { type: 'string' },
    series: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const url = values.redis ?? '';
const series = Number(values.series);
const letsGo = values.work === 'idle counters';
const metrics = new RedisMetricsService({
  ...{ redis: url, writerId: 'w' },
  ...(letsGo
    ? { flushIntervalMs: 500, ttlSeconds: 2, idleTtlSeconds: 2 }
    : { flushIntervalMs: 600_000, ttlSeconds: 3600 }),
});
const counters = metrics.counter({ name: 'changed', labelNames: ['i', 'kind'] });
const buckets = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
const histograms = metrics.histogram({ name: 'took_ms', labelNames: ['i'], buckets });
const redis = new Redis(url);

const numbers = Array.from({ length: series }, (_, i) => i);
const changes = changesOf(values.work);

function changesOf(work = ''): readonly (() => void)[] {
  // By name: a handle that is held keeps its series alive.
  if (letsGo) return numbers.map((i) => () => metrics.incrementCounter('changed', 1, { i, kind: 'a' }));
  if (work === 'changed histograms') {
    return numbers.map((i) => histograms.labels({ i })).map((histogram) => () => histogram.observe(12.3));
  }
  return numbers.map((i) => counters.labels({ i, kind: 'a' })).map((counter) => () => counter.inc());
}

function changeAll(): void {
  for (const change of changes) change();
}

async function isNoneLeft(): Promise<boolean> {
  const record = await redis.get('metrics:gauge:redmeter_writer_series:type=counter,writer=w');
  return record !== null && (JSON.parse(record) as { readonly value: unknown }).value === 0;
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
    await measure(() => eventually('they are let go', isNoneLeft, 60_000));
  },
  'clear()': () => remove(() => counters.clear()),
  'removeMatching()': () => remove(() => counters.removeMatching({ kind: 'a' })),
};

const stretches: number[] = [];
const controls: number[] = [];

async function measure(work: () => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  stretches.push(await longestTurnMs(Promise.resolve().then(work)));
  const tookMs = performance.now() - startedAtMs;
  controls.push(await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs))));
}

for (let round = 0; round < Number(values.rounds); round += 1) {
  changeAll();
  await new Promise((resolve) => setImmediate(resolve));
  await works[values.work ?? '']?.();
}
await metrics.close();
redis.disconnect();
const { counter, histogram } = metrics.stats();
console.log(JSON.stringify({ stretches, controls, flushed: counter.flushed + histogram.flushed }));
