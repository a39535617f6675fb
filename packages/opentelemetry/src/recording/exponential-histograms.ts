import type { HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type ExponentialHistogram,
  type ExponentialHistogramMetricData,
} from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { definitionOf } from './definition.js';
import { labelsOf } from './label-texts.js';
import { nativePoint, nativeRise, type BucketMap, type NativePoint } from './native-buckets.js';

/** The highest schema of Prometheus: Redis lowers it as far as the number of buckets needs. */
const SCHEMA = 8;

interface Seen {
  readonly startTime: HrTime;
  readonly point: NativePoint;
  readonly sum: number;
}

/** Records exponential histograms as native ones. */
export class ExponentialHistograms {
  readonly #service: RedisMetricsService;
  readonly #seen = new Map<string, Seen>();

  constructor(service: RedisMetricsService) {
    this.#service = service;
  }

  record(metric: ExponentialHistogramMetricData, shared: Labels): void {
    const histogram = this.#service.histogram({ ...definitionOf(metric), buckets: 'native', schema: SCHEMA });
    for (const point of metric.dataPoints) {
      const labels = { ...shared, ...labelsOf(point.attributes) };
      const { sum, ...native } = this.#changeOf(metric, point, labels);
      const { positive, negative, ...others } = native;
      histogram.labels(labels).merge({
        ...others,
        // The SDK counts nothing but 0 as zero.
        zeroThreshold: 0,
        positive: sparse(positive),
        negative: sparse(negative),
        sum,
      });
    }
  }

  /** The observations of a data point. The SDK gives no sum where values may be negative: then it stays as it is. */
  #changeOf(
    metric: ExponentialHistogramMetricData,
    { startTime, value }: DataPoint<ExponentialHistogram>,
    labels: Labels,
  ): NativePoint & { readonly sum: number } {
    const [point, { sum = 0 }] = [nativePoint(value), value];
    if (metric.aggregationTemporality === AggregationTemporality.DELTA) return { ...point, sum };
    const key = JSON.stringify([metric.descriptor.name, Object.entries(labels).sort()]);
    const seen = this.#seen.get(key);
    this.#seen.set(key, { startTime, point, sum });
    const isSame = seen?.startTime[0] === startTime[0] && seen.startTime[1] === startTime[1];
    const rise = seen !== undefined && isSame ? nativeRise(point, seen.point) : undefined;
    return seen === undefined || rise === undefined ? { ...point, sum } : { ...rise, sum: sum - seen.sum };
  }
}

function sparse(buckets: BucketMap): { readonly indexes: number[]; readonly counts: number[] } {
  return { indexes: [...buckets.keys()], counts: [...buckets.values()] };
}
