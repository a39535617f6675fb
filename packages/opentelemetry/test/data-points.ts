import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type MetricProducer,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';

/** A bridge from another library, whose metrics are cumulative whatever the exporter asks for. */
export class Producer implements MetricProducer {
  scopeMetrics: ScopeMetrics[] = [];

  set metrics(metrics: readonly MetricData[]) {
    this.scopeMetrics = [{ scope: { name: 'bridge' }, metrics: [...metrics] }];
  }

  collect(): ReturnType<MetricProducer['collect']> {
    const resourceMetrics = { resource: resourceFromAttributes({}), scopeMetrics: this.scopeMetrics };
    return Promise.resolve({ resourceMetrics, errors: [] });
  }
}

export const START: HrTime = [100, 5];

export function point<T>(value: T, startTime = START, attributes: Attributes = {}): DataPoint<T> {
  return { startTime, endTime: [200, 0], attributes, value };
}

const named = (name: string, aggregationTemporality: AggregationTemporality) => ({
  descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
  aggregationTemporality,
});
const { CUMULATIVE } = AggregationTemporality;

/** A cumulative sum. */
export function sum(name: string, isMonotonic: boolean, ...dataPoints: DataPoint<number>[]): MetricData {
  return { ...named(name, CUMULATIVE), dataPointType: DataPointType.SUM, isMonotonic, dataPoints };
}

export function gauge(name: string, ...dataPoints: DataPoint<number>[]): MetricData {
  return { ...named(name, CUMULATIVE), dataPointType: DataPointType.GAUGE, dataPoints };
}

/** The value of a histogram with bounds. */
export function explicit(boundaries: number[], counts: number[], total?: number): Histogram {
  const count = counts.reduce((all, each) => all + each, 0);
  return { buckets: { boundaries, counts }, count, ...(total === undefined ? {} : { sum: total }) };
}

/** A cumulative histogram with bounds. */
export function histogram(name: string, ...dataPoints: DataPoint<Histogram>[]): MetricData {
  return { ...named(name, CUMULATIVE), dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

/** The value of an exponential histogram. */
export function exponential(scale: number, offset: number, bucketCounts: number[], total = 0): ExponentialHistogram {
  const count = bucketCounts.reduce((all, each) => all + each, 0);
  const [positive, negative] = [
    { offset, bucketCounts },
    { offset: 0, bucketCounts: [] },
  ];
  return { scale, count, sum: total, zeroCount: 0, positive, negative };
}

/** A cumulative exponential histogram. */
export function exponentialHistogram(name: string, ...dataPoints: DataPoint<ExponentialHistogram>[]): MetricData {
  return { ...named(name, CUMULATIVE), dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints };
}
