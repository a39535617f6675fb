import { parseArgs } from 'node:util';
import { longestTurnMs } from '@redmeter/test-servers';
import { RedisMetricsService } from '../../src/index.js';

// Measures the longest turn of the event loop while changed series are flushed; and beside it, while nothing is.
const { values } = parseArgs({
  options: {
    redis: { type: 'string' },
    type: { type: 'string' },
    series: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const series = Number(values.series);
const metrics = new RedisMetricsService({ redis: values.redis ?? '', flushIntervalMs: 600_000, ttlSeconds: 3600 });

function changers(): (() => void)[] {
  const labels = Array.from({ length: series }, (_, i) => ({ i }));
  if (values.type === 'counter') {
    const family = metrics.counter({ name: 'changed', labelNames: ['i'] });
    return labels.map((label) => family.labels(label)).map((counter) => () => counter.inc());
  }
  const buckets = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
  const family = metrics.histogram({ name: 'changed', labelNames: ['i'], buckets });
  return labels.map((label) => family.labels(label)).map((histogram) => () => histogram.observe(12.3));
}

const changes = changers();
const flushes: number[] = [];
const controls: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const change of changes) change();
  await new Promise((resolve) => setImmediate(resolve));
  const startedAtMs = performance.now();
  flushes.push(await longestTurnMs(metrics.flush()));
  const tookMs = performance.now() - startedAtMs;
  controls.push(await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs))));
}
await metrics.close();
const { counter, histogram } = metrics.stats();
console.log(JSON.stringify({ flushes, controls, flushed: counter.flushed + histogram.flushed }));
