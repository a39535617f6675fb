import { expect, it } from '@jest/globals';
import type { HrTime } from '@opentelemetry/api';
import type { DataPoint, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RecordedLog } from '../../../../redis-metrics/test/service/recorded-log.js';
import {
  explicit,
  exponential,
  exponentialHistogram,
  gauge,
  histogram,
  point,
  Producer,
  START,
  sum,
} from '../../data-points.js';
import { recordOf, valueOf } from '../../records.js';
import { useSdks } from '../../sdk.js';

const server = useRedisServer({ flushBeforeEach: true });
const startSdk = useSdks(() => ({ redis: server.url, ownMetrics: false, writerId: 'w1', logger: new RecordedLog() }));

it('counts what sums rose by, and those that began again from 0', async () => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  const rounds: [DataPoint<number>[], number, number][] = [
    [[point(5), point(1, START, { a: 1 })], 5, 1],
    [[point(7), point(1, START, { a: 1 })], 7, 1],
    [[point(7), point(4, START, { a: 1 })], 7, 4],
    // It fell.
    [[point(2)], 9, 4],
    // It started again, at a greater value.
    [[point(3, [150, 0])], 12, 4],
    [[point(3.5, [150, 0]), point(6, START, { a: 1 })], 12.5, 6],
  ];
  for (const [points, one, other] of rounds) {
    producer.metrics = [sum('jobs', true, ...points)];
    await flush();
    expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(one);
    expect(await valueOf(server.client, 'metrics:counter:jobs:a=1')).toBe(other);
  }
});

it('shows sums that may fall as they are, or adds what they changed by', async () => {
  const producer = new Producer();
  const { flush } = startSdk({ upDownCounters: { shared: 'sum' } }, { metricProducers: [producer] });
  for (const value of [5, 8, -2]) {
    producer.metrics = [sum('own', false, point(value)), sum('shared', false, point(value))];
    await flush();
    expect(await valueOf(server.client, 'metrics:gauge:own:process=w1')).toBe(value);
    expect(await recordOf(server.client, 'metrics:gauge:shared')).toMatchObject({ mode: 'sum', value });
  }
});

it('counts what histograms rose by', async () => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  const took = (boundaries: number[], counts: number[], total: number, start?: HrTime) =>
    histogram('took', point(explicit(boundaries, counts, total), start));
  const rounds: [ReturnType<typeof took>, number[], number][] = [
    [took([5, 10], [1, 0, 2], 30), [1, 0, 2], 30],
    [took([5, 10], [1, 3, 2], 50), [1, 3, 2], 50],
    [took([5, 10], [1, 3, 2], 50), [1, 3, 2], 50],
    [took([5, 10], [2, 0, 0], 4), [3, 3, 2], 54],
    [took([5, 10], [9, 9, 9], 7, [150, 0]), [12, 12, 11], 61],
    // Other bounds are another count.
    [took([5], [1, 1], 7, [150, 0]), [13, 12, 12], 68],
  ];
  for (const [metric, counts, total] of rounds) {
    producer.metrics = [metric];
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ counts, sum: total });
  }
});

it('counts what exponential histograms rose by, also after their scale fell', async () => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  const rounds: [ReturnType<typeof exponential>, number, number][] = [
    [exponential(2, 0, [1, 2, 0, 3], 10), 6, 10],
    [exponential(1, 0, [3, 5, 1], 25), 9, 25],
    [exponential(1, 0, [3, 5, 1], 25), 9, 25],
    // It fell, so that it began again.
    [exponential(1, 0, [1], 2), 10, 27],
    [exponential(2, 0, [1, 1], 4), 12, 31],
  ];
  for (const [value, count, total] of rounds) {
    producer.metrics = [exponentialHistogram('took', point(value))];
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ count, sum: total });
  }
});

it.each<[string, (round: number, total: number) => ReturnType<typeof sum>]>([
  ['bounds', (n, total) => histogram('took', point(explicit([5], [n, n], total)))],
  ['exponential buckets', (n, total) => exponentialHistogram('took', point(exponential(2, 0, [n, n], total)))],
])('counts on after an infinite sum, and after one that is no number, with %s', async (_title, metricOf) => {
  const producer = new Producer();
  const { flush, exporter } = startSdk({}, { metricProducers: [producer] });
  for (const [total, count] of [
    [7, 2],
    [NaN, 2],
    [Infinity, 6],
    [Infinity, 8],
    [Infinity, 10],
  ].entries()) {
    const [value = 0, expected] = count;
    producer.metrics = [metricOf(total + 1, value)];
    await flush().catch(() => undefined);
    const shown = Number.isFinite(value) || Number.isNaN(value) ? 7 : '+Inf';
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ count: expected, sum: shown });
  }
  expect(exporter.stats().histogram.dropped).toEqual({ invalid_value: 1 });
});

it('counts on after values that are no numbers', async () => {
  const producer = new Producer();
  const { flush } = startSdk({ upDownCounters: 'sum' }, { metricProducers: [producer] });
  for (const value of [5, NaN, Infinity, 7]) {
    producer.metrics = [sum('jobs', true, point(value)), sum('running', false, point(value))];
    await flush();
  }
  expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(7);
  expect(await valueOf(server.client, 'metrics:gauge:running')).toBe(7);
});

const scopes: [string, (metrics: ReturnType<typeof sum>[]) => ScopeMetrics[]][] = [
  ['names', (metrics) => metrics.map((metric, i) => ({ scope: { name: `scope${i}` }, metrics: [metric] }))],
  ['versions', (metrics) => metrics.map((metric, i) => ({ scope: { name: 's', version: `${i}` }, metrics: [metric] }))],
  [
    'schemas',
    (metrics) => metrics.map((metric, i) => ({ scope: { name: 's', schemaUrl: `u:${i}` }, metrics: [metric] })),
  ],
];

it.each(scopes)('counts each scope by itself, told apart by %s', async (_title, inScopes) => {
  const producer = new Producer();
  const { flush, exporter } = startSdk({ upDownCounters: { running: 'sum' } }, { metricProducers: [producer] });
  for (const [a, b] of [
    [100, 5],
    [101, 6],
    [103, 6],
  ] as const) {
    producer.scopeMetrics = [
      ...inScopes([sum('jobs', true, point(a)), sum('jobs', true, point(b))]),
      ...inScopes([sum('running', false, point(a)), sum('running', false, point(b))]),
      ...inScopes([sum('pool', false, point(a)), sum('pool', false, point(b))]),
      ...inScopes([a, b].map((n) => histogram('took', point(explicit([5], [n, 0], n))))),
      ...inScopes([a, b].map((n) => exponentialHistogram('waited', point(exponential(0, 0, [n], n))))),
    ];
    await flush();
    expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(a + b);
    expect(await valueOf(server.client, 'metrics:gauge:running')).toBe(a + b);
    expect(await valueOf(server.client, 'metrics:gauge:pool:process=w1')).toBe(a + b);
    const counted = { count: a + b, sum: a + b };
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject(counted);
    expect(await recordOf(server.client, 'metrics:histogram:waited')).toMatchObject(counted);
  }
  expect(exporter.stats().counter.dropped).toEqual({});
});

it.each<[string, unknown, unknown]>([
  ['a number and text', 1, '1'],
  ['a boolean and text', true, 'true'],
  ['a list and text', ['x'], '["x"]'],
  ['nothing and empty text', undefined, ''],
])('counts attributes that become the same labels by themselves: %s', async (_title, one, other) => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  for (const [a, b] of [
    [100, 5],
    [101, 6],
    [101, 8],
  ] as const) {
    const points = [point(a, START, { x: one as string }), point(b, START, { x: other as string })];
    producer.metrics = [sum('jobs', true, ...points), sum('pool', false, ...points)];
    await flush();
    const keys = await server.client.keys('metrics:*:*');
    const valueAt = (begin: string) => valueOf(server.client, keys.find((key) => key.startsWith(begin)) ?? '');
    expect([await valueAt('metrics:counter:jobs'), await valueAt('metrics:gauge:pool')]).toEqual([a + b, a + b]);
  }
});

it('shows a sum that one of two scopes no longer has without it', async () => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  const scope = (name: string, value: number) => ({
    scope: { name },
    metrics: [sum('pool', false, point(value)), gauge('level', point(value))],
  });
  for (const [scopeMetrics, value] of [
    [[scope('a', 10), scope('b', 3)], 13],
    [[scope('a', 4)], 4],
    [[scope('b', 5), scope('a', 4)], 9],
  ] as const) {
    producer.scopeMetrics = [...scopeMetrics];
    await flush();
    expect(await valueOf(server.client, 'metrics:gauge:pool:process=w1')).toBe(value);
  }
  // Gauges cannot be added up.
  expect(await valueOf(server.client, 'metrics:gauge:level:process=w1')).toBe(4);
});

it('chooses the bounds of a histogram when it has data points', async () => {
  const producer = new Producer();
  const { flush } = startSdk({}, { metricProducers: [producer] });
  for (const points of [[], [point(explicit([5, 10], [1, 2, 3], 50))]]) {
    producer.metrics = [histogram('took', ...points)];
    await flush();
  }
  const expected = { bounds: [5, 10], counts: [1, 2, 3] };
  expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject(expected);
});
