import { AggregationTemporality, type DataPoint, type SumMetricData } from '@opentelemetry/sdk-metrics';
import type { RedisMetricsService } from '@redmeter/redis-metrics';
import { CollectedSums, type CollectedValue } from './collected-sums.js';
import { CumulativeValues, sumChange } from './cumulative-values.js';
import { definitionOf } from './definition.js';
import { withoutProcess, type ModeOf } from './gauge-modes.js';
import { streamKey, type Origin } from './origin.js';
import { labelsOfPoint, numberOf, type RecordPoint } from './points.js';

/** Records sums: those that only rise as counters, the others as gauges. */
export class Sums {
  readonly #service: RedisMetricsService;
  readonly #modeOf: ModeOf<'process' | 'sum'>;
  readonly #rising = new CumulativeValues<number>((now, before) => (now < before ? undefined : sumChange(now, before)));
  readonly #changing = new CumulativeValues<number>(sumChange);
  readonly #collected = new CollectedSums();

  constructor(service: RedisMetricsService, modeOf: ModeOf<'process' | 'sum'>) {
    this.#service = service;
    this.#modeOf = modeOf;
  }

  /** What records the data points of a metric. */
  recorder(metric: SumMetricData, origin: Origin): RecordPoint<number> {
    if (!metric.isMonotonic) return this.#upDownRecorder(metric, origin);
    const counter = this.#service.counter(definitionOf(metric));
    return (point) => counter.labels(labelsOfPoint(origin, point)).inc(this.#changeOf(metric, origin, point));
  }

  #upDownRecorder(metric: SumMetricData, origin: Origin): RecordPoint<number> {
    const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
    const mode = this.#modeOf(metric.descriptor.name) ?? (isDelta ? 'sum' : 'process');
    const gauge = this.#service.gauge({ ...definitionOf(metric), mode });
    return (point) => {
      const given = labelsOfPoint(origin, point);
      const labels = mode === 'process' ? withoutProcess(given) : given;
      if (isDelta || mode === 'sum') gauge.labels(labels).inc(this.#changeOf(metric, origin, point));
      else
        gauge
          .labels(labels)
          .set(this.#collected.add(metric.descriptor.name, labels, collectedOf(metric, origin, point)));
    };
  }

  #changeOf(metric: SumMetricData, origin: Origin, point: DataPoint<number>): number {
    const value = numberOf(point);
    // What the library refuses is not counted from later.
    if (metric.aggregationTemporality === AggregationTemporality.DELTA || !Number.isFinite(value)) return value;
    const values = metric.isMonotonic ? this.#rising : this.#changing;
    return values.changeOf(streamKey(metric, origin, point.attributes), point.startTime, value);
  }
}

function collectedOf(metric: SumMetricData, origin: Origin, point: DataPoint<number>): CollectedValue {
  const stream = streamKey(metric, origin, point.attributes);
  return { stream, exportNumber: origin.exportNumber, time: String(point.endTime), value: numberOf(point) };
}
