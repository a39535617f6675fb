import type { GaugeMetricData } from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { definitionOf } from './definition.js';
import { withoutProcess, type ModeOf } from './gauge-modes.js';
import { labelsOf } from './label-texts.js';

/** Records gauges, each with its mode. */
export class Gauges {
  readonly #service: RedisMetricsService;
  readonly #modeOf: ModeOf<'last' | 'process'>;

  constructor(service: RedisMetricsService, modeOf: ModeOf<'last' | 'process'>) {
    this.#service = service;
    this.#modeOf = modeOf;
  }

  record(metric: GaugeMetricData, shared: Labels): void {
    const mode = this.#modeOf(metric.descriptor.name) ?? 'process';
    const gauge = this.#service.gauge({ ...definitionOf(metric), mode });
    for (const { attributes, value } of metric.dataPoints) {
      const labels = { ...shared, ...labelsOf(attributes) };
      gauge.labels(mode === 'process' ? withoutProcess(labels) : labels).set(value);
    }
  }
}
