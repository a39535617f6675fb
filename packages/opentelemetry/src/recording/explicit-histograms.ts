import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  type HistogramMetricData,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { CumulativeValues } from './cumulative-values.js';
import { definitionOf } from './definition.js';
import { countsIn, jointBounds } from './explicit-bounds.js';
import { labelsOf } from './label-texts.js';

/**
 * Records histograms with explicit bounds. A histogram has the bounds of all data points in the first export with it; a data point of later
 * exports with others is counted in the buckets that hold the upper bounds of its own.
 */
export class ExplicitHistograms {
  readonly #service: RedisMetricsService;
  readonly #bounds = new Map<string, readonly number[]>();
  readonly #cumulative = new CumulativeValues();

  constructor(service: RedisMetricsService) {
    this.#service = service;
  }

  /** Chooses the bounds of the histograms that are new in an export. */
  prepare(metrics: readonly MetricData[]): void {
    const lists = new Map<string, (readonly number[])[]>();
    for (const { descriptor, dataPointType, dataPoints } of metrics) {
      if (dataPointType !== DataPointType.HISTOGRAM || this.#bounds.has(descriptor.name)) continue;
      const all = lists.get(descriptor.name) ?? [];
      lists.set(descriptor.name, all);
      for (const { value } of dataPoints) all.push(value.buckets.boundaries);
    }
    for (const [name, all] of lists) this.#bounds.set(name, jointBounds(all));
  }

  record(metric: HistogramMetricData, shared: Labels): void {
    const bounds = this.#bounds.get(metric.descriptor.name) ?? jointBounds([]);
    const histogram = this.#service.histogram({ ...definitionOf(metric), buckets: bounds });
    for (const point of metric.dataPoints) {
      const labels = { ...shared, ...labelsOf(point.attributes) };
      const { counts, sum } = this.#changesOf(metric, point, labels);
      histogram
        .labels(labels)
        .merge({ bounds, counts: countsIn(bounds, { boundaries: point.value.buckets.boundaries, counts }), sum });
    }
  }

  /** Counts by bucket and the sum. The SDK gives no sum where values may be negative: then it stays as it is. */
  #changesOf(
    metric: HistogramMetricData,
    { startTime, value }: DataPoint<Histogram>,
    labels: Labels,
  ): { readonly counts: readonly number[]; readonly sum: number } {
    const { buckets, sum = 0 } = value;
    if (metric.aggregationTemporality === AggregationTemporality.DELTA) return { counts: buckets.counts, sum };
    const key = JSON.stringify([metric.descriptor.name, buckets.boundaries, Object.entries(labels).sort()]);
    const changes = this.#cumulative.changes(key, startTime, [...buckets.counts, sum], buckets.counts.length);
    return { counts: changes.slice(0, -1), sum: changes.at(-1) ?? 0 };
  }
}
