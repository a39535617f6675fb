import { waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { startTestStack, type TestStack } from './test-stack.js';

const RUNS = 5;
/** Longer than what the script waits and a scrape after that, so that each value is seen. */
const TTL_SECONDS = 20;
const DEADLINE_MS = 90_000;
const stacks = new Map<string, TestStack>();
beforeAll(async () => {
  stacks.set('stock', await startTestStack({ exporter: 'stock', parts: ['redis', 'exporter', 'prometheus'] }));
  const parts = ['redis', 'exporter', 'native', 'prometheus'] as const;
  stacks.set('native', await startTestStack({ exporter: 'native', parts: [...parts] }));
}, 180_000);
afterAll(async () => {
  for (const stack of stacks.values()) await stack.stop();
});

function startService(stack: TestStack): RedisMetricsService {
  const { ports, passwords } = stack.settings;
  return new RedisMetricsService({
    redis: `redis://redmeter-writer:${passwords.writer}@127.0.0.1:${ports.redis}`,
    flushIntervalMs: 500,
    ttlSeconds: TTL_SECONDS,
    idleTtlSeconds: TTL_SECONDS,
    ownMetrics: false,
  });
}

/** A job that runs five times, with pauses in which its series expire. */
async function runJob(stack: TestStack): Promise<void> {
  const { prometheus } = stack;
  for (let run = 1; run <= RUNS; run += 1) {
    const job = startService(stack);
    job.incrementCounter('runs_total');
    job.recordHistogram('took_ms', 4);
    await job.close();
    await waitFor(async () => (await prometheus.value('runs_total')) === 1, `Prometheus shows run ${run}`, DEADLINE_MS);
    await waitFor(
      async () => (await prometheus.value('runs_total')) === undefined,
      `run ${run} has expired`,
      DEADLINE_MS,
    );
  }
}

/** A process that lives on, and records through a handle more seldom than `idleTtlSeconds`. */
async function live(stack: TestStack): Promise<void> {
  const metrics = startService(stack);
  const handle = metrics.counter({ name: 'lived_total' }).labels();
  for (let event = 1; event <= 4; event += 1) {
    // By name, and so gone when as long as an idle series may live has passed.
    metrics.incrementCounter(`clock_${event}`);
    handle.inc();
    await waitFor(
      async () => (await stack.prometheus.value('lived_total')) === event,
      `Prometheus shows event ${event}`,
      DEADLINE_MS,
    );
    const clock = `metrics:counter:clock_${event}`;
    await waitFor(async () => (await stack.redis.exists(clock)) === 0, `${clock} has expired`, DEADLINE_MS);
  }
  await metrics.close();
}

it('every event counts in Prometheus, by both exporters', async () => {
  await Promise.all([...stacks.values()].flatMap((stack) => [runJob(stack), live(stack)]));
  for (const [exporter, { prometheus }] of stacks) {
    const rises = {
      runs_total: RUNS,
      took_ms_count: RUNS,
      took_ms_sum: 4 * RUNS,
      'took_ms_bucket{le="5.0"}': RUNS,
      lived_total: 4,
    };
    for (const [series, rise] of Object.entries(rises)) {
      const samples = await prometheus.samples(`${series}[1h]`);
      const rose = samples.reduce((sum, value, i) => sum + Math.max(0, value - (samples[i - 1] ?? value)), 0);
      expect([exporter, series, samples[0], rose]).toEqual([exporter, series, 0, rise]);
      // It adds the half of an interval between samples at the end.
      const increase = (await prometheus.value(`increase(${series}[1h])`)) ?? 0;
      expect(increase).toBeGreaterThanOrEqual(rise);
      expect(increase).toBeLessThan(rise * 1.1);
    }
  }
}, 900_000);
