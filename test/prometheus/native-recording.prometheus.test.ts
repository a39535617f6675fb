import { RedisMetricsService } from '@redmeter/redis-metrics';
import { prometheus3, startPrometheus, waitFor, type PrometheusServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestExporter, type TestExporter } from '../../exporter/test/test-exporter.js';

// What several processes record with the library, all the way to the answers of Prometheus 3.
const services: RedisMetricsService[] = [];
let exporter: TestExporter;
let prometheus: PrometheusServer;

// Before those of Redis.
afterAll(async () => {
  await Promise.all(services.map((metrics) => metrics.close()));
  await prometheus.stop();
  await exporter.stop();
});

const redis = useRedisServer();

const WRITERS = [
  { schema: 3, maxBuckets: 160 },
  // It is lowered by its own process.
  { schema: 8, maxBuckets: 40 },
  { schema: 2, maxBuckets: 160 },
] as const;
/** From 1 ms to 8 s, and some that are 0 or less. */
const observations = WRITERS.map((_, writer) =>
  Array.from({ length: 400 }, (__, i) => {
    const value = 2 ** ((((i * 7 + writer * 3) % 400) / 400) ** 2) * (1 + ((i * 31) % 13)) * (i % 3 === 0 ? 50 : 1);
    return i % 50 === 0 ? 0 : i % 20 === 0 ? -value : value;
  }),
);
const all = observations.flat();

beforeAll(async () => {
  exporter = await startTestExporter(redis.url);
  const targets = [exporter.url.replace('http://', '')];
  prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'redmeter', scrape_native_histograms: true, static_configs: [{ targets }] }],
    },
    args: ['--enable-feature=exemplar-storage'],
  });
  for (const [writer, options] of WRITERS.entries()) {
    const metrics = new RedisMetricsService({ redis: redis.url });
    services.push(metrics);
    const histogram = metrics.histogram({
      name: 'pay_ms',
      help: 'Time to pay.',
      unit: 'ms',
      labelNames: ['shop'],
      buckets: 'native',
      ...options,
    });
    for (const value of observations[writer] ?? []) histogram.labels({ shop: 'a' }).observe(value);
  }
  // Two processes at a time, so that merges interleave.
  await Promise.all(services.map((metrics) => metrics.flush()));
  await waitFor(
    async () => (await value('histogram_count(pay_ms)')) === all.length,
    `Prometheus has ${all.length} observations`,
  );
});

const value = (expression: string): Promise<number | undefined> => prometheus.client.value(expression);

it('Prometheus has one histogram with what all processes observed', async () => {
  expect(await prometheus.client.histograms('pay_ms{shop="a"}')).toHaveLength(1);
  expect(await value('histogram_sum(pay_ms)')).toBeCloseTo(
    all.reduce((sum, one) => sum + one, 0),
    6,
  );
});

it.each([
  [0, 2],
  [1, 16],
  [2, 256],
  [-4, 4],
])('the fraction from %d to %d is that of the observations', async (lower, upper) => {
  const counted = all.filter((one) => (one > lower || (one === lower && one < 0)) && one <= upper && one !== 0).length;
  const zeros = all.filter((one) => one === 0).length;
  const share = lower < 0 ? zeros : lower === 0 ? zeros / 2 : 0;
  expect(await value(`histogram_fraction(${lower}, ${upper}, pay_ms)`)).toBeCloseTo((counted + share) / all.length, 9);
});

it.each([0.01, 0.25, 0.5, 0.9, 0.99])('the %d quantile is that of the observations, within a bucket', async (q) => {
  const record = JSON.parse((await redis.client.get('metrics:histogram:pay_ms:shop=a')) ?? '') as { schema: number };
  const growth = 2 ** (2 ** -record.schema);
  const sorted = [...all].sort((a, b) => a - b);
  const answer = (await value(`histogram_quantile(${q}, pay_ms)`)) ?? Number.NaN;
  const near = sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  const [least, most] = [Math.abs(near) / growth, Math.abs(near) * growth];
  expect(Math.sign(answer)).toBe(Math.sign(near));
  expect(Math.abs(answer)).toBeGreaterThanOrEqual(least);
  expect(Math.abs(answer)).toBeLessThanOrEqual(most);
});

it('exemplars that were recorded are in the exemplar API', async () => {
  const [metrics] = services;
  metrics?.histogram({ name: 'traced_ms', buckets: 'native' }).labels().observe(12, { trace_id: 'slow' });
  metrics?.counter({ name: 'payments_total' }).labels().inc(3, { trace_id: 'paid' });
  await metrics?.flush();
  const exemplarsOf = (name: string): Promise<unknown> =>
    waitFor(async () => {
      const found = await prometheus.client.exemplars(name);
      return found.length > 0 && found.flatMap(({ exemplars }) => exemplars.map((one) => [one.labels, one.value]));
    }, `an exemplar of ${name}`);
  expect(await exemplarsOf('traced_ms')).toEqual([[{ trace_id: 'slow' }, 12]]);
  expect(await exemplarsOf('payments_total')).toEqual([[{ trace_id: 'paid' }, 3]]);
});

it('a rolling deployment from classic to native buckets loses no observation', async () => {
  const old = new RedisMetricsService({ redis: redis.url });
  const next = new RedisMetricsService({ redis: redis.url });
  services.push(old, next);
  const classic = old.histogram({ name: 'rolled_ms', buckets: [1, 8, 64] }).labels();
  const native = next.histogram({ name: 'rolled_ms', buckets: 'native' }).labels();
  for (let i = 0; i < 3; i += 1) {
    classic.observe(5);
    await old.flush();
    native.observe(30);
    await next.flush();
  }
  await waitFor(async () => (await value('histogram_count(rolled_ms)')) === 6, 'all six are native');
  expect(await value('histogram_sum(rolled_ms)')).toBe(105);
  expect(await value('histogram_fraction(0, 8, rolled_ms)')).toBeCloseTo(0.5, 9);
  expect(await exporter.metrics({ accept: 'text/plain' })).toContain('rolled_ms_bucket{le="8.0"} 3\n');
});
