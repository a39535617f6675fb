import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  type HistogramMetricData,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { RedisMetricsService } from '@redmeter/redis-metrics';
import { CumulativeValues, sumChange } from './cumulative-values.js';
import { definitionOf } from './definition.js';
import { countsIn, jointBounds } from './explicit-bounds.js';
import { streamKey, type Origin } from './origin.js';
import { labelsOfPoint, type RecordPoint } from './points.js';

interface Counted {
  readonly counts: readonly number[];
  readonly sum: number;
}

/**
 * Records histograms with explicit bounds. A histogram has the bounds of all data points in the first export with any; a data point of later
 * exports with others is counted in the buckets that hold the upper bounds of its own.
 */
export class ExplicitHistograms {
  readonly #service: RedisMetricsService;
  readonly #bounds = new Map<string, readonly number[]>();
  readonly #cumulative = new CumulativeValues(riseOf);

  constructor(service: RedisMetricsService) {
    this.#service = service;
  }

  /** Chooses the bounds of the histograms that are new in an export. Data points that are not as the SDK has them have none. */
  prepare(metrics: readonly MetricData[]): void {
    const lists = new Map<string, (readonly number[])[]>();
    for (const { descriptor, dataPointType, dataPoints } of metrics) {
      if (dataPointType !== DataPointType.HISTOGRAM || this.#bounds.has(descriptor.name)) continue;
      const all = dataPoints.flatMap(boundsOf);
      if (all.length > 0) lists.set(descriptor.name, [...(lists.get(descriptor.name) ?? []), ...all]);
    }
    for (const [name, all] of lists) this.#bounds.set(name, jointBounds(all));
  }

  /** What records the data points of a metric. */
  recorder(metric: HistogramMetricData, origin: Origin): RecordPoint<Histogram> {
    const bounds = this.#bounds.get(metric.descriptor.name);
    if (bounds === undefined) throw new TypeError('expected data points with buckets, got none');
    const histogram = this.#service.histogram({ ...definitionOf(metric), buckets: bounds });
    return (point) => {
      const { boundaries } = point.value.buckets;
      const { counts, sum } = this.#changeOf(metric, origin, point);
      const merged = { bounds, counts: countsIn(bounds, { boundaries, counts }), sum };
      histogram.labels(labelsOfPoint(origin, point)).merge(merged);
    };
  }

  /** Counts by bucket and the sum. The SDK gives no sum where values may be negative: then it stays as it is. */
  #changeOf(metric: HistogramMetricData, origin: Origin, point: DataPoint<Histogram>): Counted {
    const { sum = 0, buckets } = point.value;
    const { boundaries, counts } = buckets;
    if (counts.length !== boundaries.length + 1) {
      throw new TypeError(`counts: expected ${boundaries.length + 1}, one more than bounds, got ${counts.length}`);
    }
    // What the library refuses is not counted from later.
    if (metric.aggregationTemporality === AggregationTemporality.DELTA || Number.isNaN(sum)) return { counts, sum };
    const key = streamKey(metric, origin, point.attributes, boundaries);
    return this.#cumulative.changeOf(key, point.startTime, { counts: [...counts], sum });
  }
}

/** The bounds of a data point, in a list; an empty list when it has no buckets. */
function boundsOf(point: unknown): (readonly number[])[] {
  const { value } = (point ?? {}) as { value?: { buckets?: { boundaries?: unknown } } | null };
  const boundaries = value?.buckets?.boundaries;
  return Array.isArray(boundaries) ? [boundaries as number[]] : [];
}

function riseOf(now: Counted, before: Counted): Counted | undefined {
  const counts = now.counts.map((count, i) => count - (before.counts[i] ?? 0));
  return counts.some((count) => count < 0) ? undefined : { counts, sum: sumChange(now.sum, before.sum) };
}
