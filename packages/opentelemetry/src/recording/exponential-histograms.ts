import { MAX_SCHEMA, nativeCounts, subtractNative, type NativeBuckets } from '@redmeter/metric-format';
import {
  AggregationTemporality,
  type DataPoint,
  type ExponentialHistogram,
  type ExponentialHistogramMetricData,
} from '@opentelemetry/sdk-metrics';
import type { RedisMetricsService } from '@redmeter/redis-metrics';
import { CumulativeValues, sumChange } from './cumulative-values.js';
import { definitionOf } from './definition.js';
import { nativeBuckets } from './native-buckets.js';
import { streamKey, type Origin } from './origin.js';
import { labelsOfPoint, type RecordPoint } from './points.js';

/** The observations of an exponential histogram. */
export interface NativeObserved extends NativeBuckets {
  readonly sum: number;
}

/** Records exponential histograms as native ones. */
export class ExponentialHistograms {
  readonly #service: RedisMetricsService;
  readonly #cumulative = new CumulativeValues(nativeRise);

  constructor(service: RedisMetricsService) {
    this.#service = service;
  }

  /** What records the data points of a metric. */
  recorder(metric: ExponentialHistogramMetricData, origin: Origin): RecordPoint<ExponentialHistogram> {
    // The highest schema: Redis lowers it as far as the number of buckets needs.
    const histogram = this.#service.histogram({ ...definitionOf(metric), buckets: 'native', schema: MAX_SCHEMA });
    return (point) => histogram.labels(labelsOfPoint(origin, point)).merge(this.#changeOf(metric, origin, point));
  }

  /** The observations of a data point. The SDK gives no sum where values may be negative: then it stays as it is. */
  #changeOf(
    metric: ExponentialHistogramMetricData,
    origin: Origin,
    { startTime, attributes, value }: DataPoint<ExponentialHistogram>,
  ): NativeObserved {
    const observed = { ...nativeBuckets(value), sum: value.sum ?? 0 };
    // What the library refuses is not counted from later.
    if (metric.aggregationTemporality === AggregationTemporality.DELTA || Number.isNaN(observed.sum)) return observed;
    return this.#cumulative.changeOf(streamKey(metric, origin, attributes), startTime, observed);
  }
}

/** What was counted since `before`; undefined when that is not a part of `now`. */
export function nativeRise(now: NativeObserved, before: NativeObserved): NativeObserved | undefined {
  // The scale of a stream only falls.
  if (now.schema > before.schema) return undefined;
  const rise = subtractNative(now, before);
  if (nativeCounts(rise).some((count) => count < 0)) return undefined;
  return { ...rise, sum: sumChange(now.sum, before.sum) };
}
