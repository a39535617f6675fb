import { openSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RedisMetricsService } from '../../src/index.js';

// Measures the longest turn of the event loop, in CPU time of the main thread, while changed series are flushed; and
// beside it, while nothing is. A turn is at least as long as the longest synchronous stretch in it.
const { values } = parseArgs({
  options: { redis: { type: 'string' }, series: { type: 'string' }, rounds: { type: 'string' } },
});
const series = Number(values.series);
const schedule = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const line = Buffer.alloc(64);

/** CPU time of the main thread: other processes of a busy machine are not in it. */
function cpuMs(): number {
  // Brings what the kernel writes there up to date, which it else does every 4 ms only.
  process.cpuUsage();
  const length = readSync(schedule, line, 0, line.length, 0);
  return Number.parseInt(line.toString('latin1', 0, length), 10) / 1e6;
}

/** The longest turn until `work` is done. */
async function longestTurnMs(work: Promise<unknown>): Promise<number> {
  const state = { isDone: false };
  const done = work.then(() => {
    state.isDone = true;
  });
  let longest = 0;
  while (!state.isDone) {
    const before = cpuMs();
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, cpuMs() - before);
  }
  await done;
  return longest;
}

const metrics = new RedisMetricsService({ redis: values.redis ?? '', flushIntervalMs: 600_000, ttlSeconds: 3600 });
const family = metrics.counter({ name: 'changed', labelNames: ['i'] });
const counters = Array.from({ length: series }, (_, i) => family.labels({ i }));
const flushes: number[] = [];
const controls: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const counter of counters) counter.inc();
  await new Promise((resolve) => setImmediate(resolve));
  const startedAtMs = performance.now();
  flushes.push(await longestTurnMs(metrics.flush()));
  const tookMs = performance.now() - startedAtMs;
  controls.push(await longestTurnMs(new Promise((resolve) => setTimeout(resolve, tookMs))));
}
await metrics.close();
console.log(JSON.stringify({ flushes, controls, flushed: metrics.stats().counter.flushed }));
