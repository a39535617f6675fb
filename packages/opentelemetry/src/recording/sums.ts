import { AggregationTemporality, type DataPoint, type SumMetricData } from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { CumulativeValues } from './cumulative-values.js';
import { definitionOf } from './definition.js';
import { withoutProcess, type ModeOf } from './gauge-modes.js';
import { labelsOf } from './label-texts.js';

/** Records sums: those that only rise as counters, the others as gauges. */
export class Sums {
  readonly #service: RedisMetricsService;
  readonly #modeOf: ModeOf<'process' | 'sum'>;
  readonly #cumulative = new CumulativeValues();

  constructor(service: RedisMetricsService, modeOf: ModeOf<'process' | 'sum'>) {
    this.#service = service;
    this.#modeOf = modeOf;
  }

  record(metric: SumMetricData, shared: Labels): void {
    if (metric.isMonotonic) this.#recordCounter(metric, shared);
    else this.#recordUpDownCounter(metric, shared);
  }

  #recordCounter(metric: SumMetricData, shared: Labels): void {
    const counter = this.#service.counter(definitionOf(metric));
    for (const point of metric.dataPoints) {
      const labels = { ...shared, ...labelsOf(point.attributes) };
      counter.labels(labels).inc(this.#changeOf(metric, point, labels));
    }
  }

  #recordUpDownCounter(metric: SumMetricData, shared: Labels): void {
    const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
    const mode = this.#modeOf(metric.descriptor.name) ?? (isDelta ? 'sum' : 'process');
    const gauge = this.#service.gauge({ ...definitionOf(metric), mode });
    for (const point of metric.dataPoints) {
      const given = { ...shared, ...labelsOf(point.attributes) };
      const series = gauge.labels(mode === 'process' ? withoutProcess(given) : given);
      if (mode === 'process' && !isDelta) series.set(point.value);
      else series.inc(this.#changeOf(metric, point, given));
    }
  }

  #changeOf(metric: SumMetricData, { startTime, value }: DataPoint<number>, labels: Labels): number {
    if (metric.aggregationTemporality === AggregationTemporality.DELTA) return value;
    const key = JSON.stringify([metric.descriptor.name, metric.isMonotonic, Object.entries(labels).sort()]);
    const [change = Number.NaN] = this.#cumulative.changes(key, startTime, [value], metric.isMonotonic ? 1 : 0);
    return change;
  }
}
