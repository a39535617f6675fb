import { expect, it } from '@jest/globals';
import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RecordedLog } from '../../../../redis-metrics/test/service/recorded-log.js';
import { recordOf, valueOf } from '../../records.js';
import { useSdks } from '../../sdk.js';

const server = useRedisServer({ flushBeforeEach: true });
const startSdk = useSdks(() => ({ redis: server.url, ownMetrics: false, writerId: 'w1', logger: new RecordedLog() }));

/** A bridge from another library, whose metrics are cumulative whatever the exporter asks for. */
class Producer implements MetricProducer {
  metrics: readonly MetricData[] = [];

  collect(): ReturnType<MetricProducer['collect']> {
    const scopeMetrics = [{ scope: { name: 'bridge' }, metrics: [...this.metrics] }];
    return Promise.resolve({ resourceMetrics: { resource: resourceFromAttributes({}), scopeMetrics }, errors: [] });
  }
}

const START: HrTime = [100, 5];

function point<T>(value: T, startTime = START, attributes: Attributes = {}): DataPoint<T> {
  return { startTime, endTime: [200, 0], attributes, value };
}

const common = { aggregationTemporality: AggregationTemporality.CUMULATIVE } as const;
const named = (name: string) => ({
  descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
  ...common,
});

function sum(name: string, isMonotonic: boolean, ...dataPoints: DataPoint<number>[]): MetricData {
  return { ...named(name), dataPointType: DataPointType.SUM, isMonotonic, dataPoints };
}

function histogram(boundaries: number[], counts: number[], total: number, startTime = START): MetricData {
  const count = counts.reduce((all, each) => all + each, 0);
  const value: Histogram = { buckets: { boundaries, counts }, count, sum: total };
  return { ...named('took'), dataPointType: DataPointType.HISTOGRAM, dataPoints: [point(value, startTime)] };
}

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
  const rounds: [MetricData, number[], number][] = [
    [histogram([5, 10], [1, 0, 2], 30), [1, 0, 2], 30],
    [histogram([5, 10], [1, 3, 2], 50), [1, 3, 2], 50],
    [histogram([5, 10], [1, 3, 2], 50), [1, 3, 2], 50],
    [histogram([5, 10], [2, 0, 0], 4), [3, 3, 2], 54],
    [histogram([5, 10], [9, 9, 9], 7, [150, 0]), [12, 12, 11], 61],
    // Other bounds are another count.
    [histogram([5], [1, 1], 7, [150, 0]), [13, 12, 12], 68],
  ];
  for (const [metric, counts, total] of rounds) {
    producer.metrics = [metric];
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ counts, sum: total });
  }
});
