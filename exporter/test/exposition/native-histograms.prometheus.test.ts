import { prometheus3, startPrometheus, waitFor, type PrometheusServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestExporter, type TestExporter } from '../test-exporter.js';
import { boundOf, indexOf, nativeRecord, type NativeOptions } from './native-record.js';

const redis = useRedisServer();
let exporter: TestExporter;
let prometheus: PrometheusServer;

/** Numbers that are the same in each run: a linear congruential generator. */
function spread(count: number, from: number, to: number): number[] {
  let state = 42;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return from * (to / from) ** (state / 2 ** 31);
  });
}

const LATENCIES = spread(1000, 0.001, 60);
const CASES: readonly (readonly [string, readonly number[], NativeOptions])[] = [
  ['lat_3', LATENCIES, { schema: 3 }],
  ['lat_8', LATENCIES, { schema: 8 }],
  ['lat_0', LATENCIES, { schema: 0 }],
  ['lat_minus_4', LATENCIES.map((value) => value * 1e6), { schema: -4 }],
  ['lat_with_bounds', LATENCIES, { schema: 5, bounds: [0.1, 1, 10] }],
  ['gap', [0.001, 0.001, 5, 5, 5, 1e9], { schema: 3 }],
  ['negative', LATENCIES.map((value) => -value), { schema: 3 }],
  ['both_signs', [...LATENCIES, ...spread(500, 0.01, 10).map((value) => -value), 0, 0, 0], { schema: 2 }],
  ['zeros', [0, 0, -0, 1e-50], { schema: 3 }],
  ['wide_zero', [...LATENCIES, 0, -0.0005], { schema: 4, zeroThreshold: 0.0009765625 }],
  ['no_threshold', [1, 2, 4, 8], { schema: 1, zeroThreshold: 0 }],
  ['nothing_yet', [], { schema: 3, zeroThreshold: 0 }],
  ['on_bounds', [0.25, 0.5, 1, 2, 4, 8, -1, -2], { schema: 0 }],
];

beforeAll(async () => {
  const createdMs = Date.now() - 60_000;
  for (const [name, observations, options] of CASES) {
    await redis.client.set(`metrics:histogram:${name}:of=test`, nativeRecord(observations, { ...options, createdMs }));
  }
  await redis.client.set('metrics:histogram:classic:of=test', '{"count":3,"sum":7,"bounds":[1],"counts":[1,2]}');
  exporter = await startTestExporter(redis.url);
  const scrape = { static_configs: [{ targets: [exporter.url.replace('http://', '')] }] };
  prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'native', scrape_native_histograms: true, ...scrape },
        {
          job_name: 'both',
          scrape_native_histograms: true,
          always_scrape_classic_histograms: true,
          ...scrape,
        },
      ],
    },
    args: ['--enable-feature=exemplar-storage'],
  });
  await scraped();
});

afterAll(async () => {
  await prometheus.stop();
  await exporter.stop();
});

const scraped = (): Promise<void> => prometheus.client.nextScrape(90_000, 'up{job="native"}');
const value = (expression: string): Promise<number | undefined> => prometheus.client.value(expression);
/** Selects a metric as it was scraped with native histograms. */
const of = (name: string, job = 'native'): string => `${name}{of="test",job="${job}"}`;

/** The observation at a rank, as Prometheus counts it, from the highest for upper quantiles. */
function observationAt(observations: readonly number[], q: number): number {
  const sorted = [...observations].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length, Math.max(1, Math.ceil(q * sorted.length))) - 1] ?? NaN;
}

/** The bucket in which an observation was counted. */
function bucketOf(observed: number, { schema, zeroThreshold = 2 ** -128 }: NativeOptions): [number, number] {
  if (Math.abs(observed) <= zeroThreshold) return [-zeroThreshold, zeroThreshold];
  const index = indexOf(schema, Math.abs(observed));
  const bounds = [Math.max(boundOf(schema, index - 1), zeroThreshold), boundOf(schema, index)] as const;
  return observed > 0 ? [bounds[0], bounds[1]] : [-bounds[1], -bounds[0]];
}

describe.each(CASES)('of %s, Prometheus 3 answers what was observed:', (name, observations, options) => {
  it('count and sum', async () => {
    const sum = observations.reduce((total, one) => total + one, 0);
    expect(await value(`histogram_count(${of(name)})`)).toBe(observations.length);
    expect(await value(`histogram_sum(${of(name)})`)).toBe(sum);
    if (observations.length > 0) {
      expect(await value(`histogram_avg(${of(name)})`)).toBeCloseTo(sum / observations.length, 9);
    }
  });

  it('all buckets', async () => {
    const [histogram] = await prometheus.client.histograms(of(name));
    const expected = new Map<string, number>();
    for (const one of observations) {
      const bucket = bucketOf(one, options).join();
      expected.set(bucket, (expected.get(bucket) ?? 0) + 1);
    }
    const shown = histogram?.buckets ?? [];
    expect(shown.map(({ count }) => count)).toHaveLength(expected.size);
    for (const { lower, upper, count } of shown) {
      const [key] = [...expected.keys()].filter((text) => {
        const [low = NaN, high = NaN] = text.split(',').map(Number);
        return Math.abs(low - lower) <= Math.abs(low) * 1e-12 && Math.abs(high - upper) <= Math.abs(high) * 1e-12;
      });
      expect([lower, upper, expected.get(key ?? '')]).toEqual([lower, upper, count]);
    }
  });

  it.each([0, 0.1, 0.5, 0.9, 0.99, 1])('the %d quantile, within its bucket', async (q) => {
    const answer = (await value(`histogram_quantile(${q}, ${of(name)})`)) ?? NaN;
    if (observations.length === 0) {
      expect(answer).toBeNaN();
      return;
    }
    // Between two observations it may be in the bucket of either.
    const near = [observationAt(observations, q), observationAt(observations, q + 1 / observations.length)];
    const [lower, upper] = near.reduce<[number, number]>(
      (range, one) => {
        const bucket = bucketOf(one, options);
        return [Math.min(range[0], bucket[0]), Math.max(range[1], bucket[1])];
      },
      [Infinity, -Infinity],
    );
    const slack = 1e-12 * Math.abs(answer);
    expect(answer).toBeGreaterThanOrEqual(lower - slack);
    expect(answer).toBeLessThanOrEqual(upper + slack);
  });

  it.each([
    [-1, 1],
    [1, 16],
    [-Infinity, 1],
    [0, Infinity],
  ])('the fraction from %d to %d', async (lower, upper) => {
    const bound = (number: number): string => (Number.isFinite(number) ? String(number) : number > 0 ? 'Inf' : '-Inf');
    const answer = await value(`histogram_fraction(${bound(lower)}, ${bound(upper)}, ${of(name)})`);
    // At schema -4 a bucket ends at 1 and the next one at 65536; within one, Prometheus interpolates.
    if (options.schema < -2 && upper === 16) return;
    const { zeroThreshold: threshold = 2 ** -128 } = options;
    const zeros = observations.filter((one) => Math.abs(one) <= threshold).length;
    const within = observations.filter(
      (one) => Math.abs(one) > threshold && (one > lower || (one === lower && one < 0)) && one <= upper,
    ).length;
    const positive = observations.some((one) => one > threshold);
    const negative = observations.some((one) => one < -threshold);
    // A range that begins at 0 has the part of the zero bucket above it: half of it where it is not known that all is on one side.
    const zeroShare = lower === 0 ? (positive && !negative ? 1 : negative && !positive ? 0 : 0.5) : lower < 0 ? 1 : 0;
    if (observations.length === 0) expect(answer).toBeNaN();
    else expect(answer).toBeCloseTo((within + zeros * zeroShare) / observations.length, 9);
  });
});

it('histograms with classic buckets only stay classic', async () => {
  expect(await value(of('classic_count'))).toBe(3);
  expect(await value('classic_bucket{of="test",job="native",le="1.0"}')).toBe(1);
  expect(await prometheus.client.histograms(of('classic'))).toEqual([]);
});

it('classic buckets stand beside native ones for those who want both', async () => {
  expect(await value(of('lat_with_bounds_count'))).toBeUndefined();
  const count = LATENCIES.filter((one) => one <= 1).length;
  expect(await value('lat_with_bounds_bucket{of="test",job="both",le="1.0"}')).toBe(count);
  expect(await value('lat_with_bounds_bucket{of="test",job="both",le="+Inf"}')).toBe(LATENCIES.length);
  expect(await value(`histogram_count(${of('lat_with_bounds', 'both')})`)).toBe(LATENCIES.length);
});

it('percentiles of the window are gauges beside them', async () => {
  const answer = await value(`histogram_quantile(0.95, ${of('lat_3')})`);
  expect(await value(of('lat_3_p95'))).toBeCloseTo(answer ?? NaN, 12);
});

describe('when the records change', () => {
  const key = 'metrics:histogram:changing:of=test';
  const createdMs = Date.now() - 60_000;
  const write = async (observations: readonly number[], options: NativeOptions): Promise<void> => {
    await redis.client.set(key, nativeRecord(observations, options));
    const count = `histogram_count(${of('changing')})`;
    await waitFor(async () => (await value(count)) === observations.length, `${count} is ${observations.length}`);
  };

  it('a lowered schema is no reset, and a restart is one', async () => {
    const first = LATENCIES.slice(0, 500);
    await write(first, { schema: 5, createdMs });
    await write([...first, 0.5], { schema: 5, createdMs });
    expect(await value(`histogram_quantile(0.5, ${of('changing')})`)).toBeCloseTo(
      observationAt([...first, 0.5], 0.5),
      1,
    );
    await write([...LATENCIES, 1e-6, 1e6], { schema: 1, createdMs });
    expect(await value(`resets(${of('changing')}[5m])`)).toBe(0);
    const [lower, upper] = bucketOf(observationAt([...LATENCIES, 1e-6, 1e6], 0.9), { schema: 1 });
    const quantile = await value(`histogram_quantile(0.9, ${of('changing')})`);
    expect(quantile).toBeGreaterThan(lower);
    expect(quantile).toBeLessThanOrEqual(upper);
    await write([1, 2, 3], { schema: 3, createdMs: Date.now() - 30_000 });
    expect(await value(`resets(${of('changing')}[5m])`)).toBe(1);
    expect(await value(`histogram_sum(${of('changing')})`)).toBe(6);
    expect(await value(`histogram_quantile(0.5, ${of('changing')})`)).toBeCloseTo(2, 0);
  });
});

describe('exemplars', () => {
  const nowMs = Date.now() - 1000;
  const exemplar = (trace: string, observed: number, timestamp = nowMs): unknown => ({
    labels: { trace_id: trace },
    value: observed,
    timestamp,
  });
  const found = (selector: string): Promise<unknown[]> =>
    waitFor(async () => {
      const series = await prometheus.client.exemplars(selector);
      return series.length > 0 && series.flatMap(({ exemplars }) => exemplars);
    }, `exemplars of ${selector}`);

  it('of counters and native histograms are in the exemplar API', async () => {
    const createdMs = nowMs - 60_000;
    await redis.client.mset({
      'metrics:histogram:traced:of=test': nativeRecord([0.25, 3], {
        schema: 3,
        createdMs,
        exemplars: [exemplar('a', 0.25, nowMs - 500), exemplar('b é"\\', 3)],
      }),
      'metrics:counter:traced_total:of=test': JSON.stringify({
        type: 'counter',
        value: 7,
        exemplars: [exemplar('c', 2)],
        created: createdMs,
        timestamp: nowMs,
      }),
    });
    const time = (ms: number): number => Math.floor(ms) / 1000;
    expect(await found(of('traced'))).toEqual([
      { labels: { trace_id: 'a' }, value: 0.25, time: time(nowMs - 500) },
      { labels: { trace_id: 'b é"\\' }, value: 3, time: time(nowMs) },
    ]);
    expect(await found(of('traced_total'))).toEqual([{ labels: { trace_id: 'c' }, value: 2, time: time(nowMs) }]);
  });
});
