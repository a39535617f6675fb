import type { GaugeMetricData } from '@opentelemetry/sdk-metrics';
import type { RedisMetricsService } from '@redmeter/redis-metrics';
import { definitionOf } from './definition.js';
import { withoutProcess, type ModeOf } from './gauge-modes.js';
import type { Origin } from './origin.js';
import { labelsOfPoint, numberOf, type RecordPoint } from './points.js';

/** Records gauges, each with its mode. */
export class Gauges {
  readonly #service: RedisMetricsService;
  readonly #modeOf: ModeOf<'last' | 'process'>;

  constructor(service: RedisMetricsService, modeOf: ModeOf<'last' | 'process'>) {
    this.#service = service;
    this.#modeOf = modeOf;
  }

  /** What records the data points of a metric. */
  recorder(metric: GaugeMetricData, origin: Origin): RecordPoint<number> {
    const mode = this.#modeOf(metric.descriptor.name) ?? 'process';
    const gauge = this.#service.gauge({ ...definitionOf(metric), mode });
    return (point) => {
      const labels = labelsOfPoint(origin, point);
      gauge.labels(mode === 'process' ? withoutProcess(labels) : labels).set(numberOf(point));
    };
  }
}
