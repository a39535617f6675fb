import { DataPointType, type MetricData, type ResourceMetrics, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { ExplicitHistograms } from './explicit-histograms.js';
import { ExponentialHistograms } from './exponential-histograms.js';
import type { ModeOf } from './gauge-modes.js';
import { Gauges } from './gauges.js';
import { labelsOf } from './label-texts.js';
import { Sums } from './sums.js';

/** What a recorder is told. */
export interface RecorderOptions {
  readonly gaugeMode: ModeOf<'last' | 'process'>;
  readonly upDownCounterMode: ModeOf<'process' | 'sum'>;
  readonly resourceLabels: readonly string[];
  readonly scopeLabels: boolean;
}

/** Records the data points of an export with a RedisMetricsService, which counts those that it cannot take, by reason. */
export class MetricRecorder {
  readonly #options: RecorderOptions;
  readonly #sums: Sums;
  readonly #gauges: Gauges;
  readonly #explicit: ExplicitHistograms;
  readonly #exponential: ExponentialHistograms;

  constructor(service: RedisMetricsService, options: RecorderOptions) {
    this.#options = options;
    this.#sums = new Sums(service, options.upDownCounterMode);
    this.#gauges = new Gauges(service, options.gaugeMode);
    this.#explicit = new ExplicitHistograms(service);
    this.#exponential = new ExponentialHistograms(service);
  }

  /**
   * Records all data points. A metric that is not as the SDK has them does not prevent the others.
   * @returns the errors of metrics that are not recorded, or not whole
   */
  record({ resource, scopeMetrics }: ResourceMetrics): readonly Error[] {
    const errors: Error[] = [];
    const ofResource = this.#resourceLabels(resource.attributes);
    this.#explicit.prepare(scopeMetrics.flatMap(({ metrics }) => metrics));
    for (const { scope, metrics } of scopeMetrics) {
      const shared = { ...ofResource, ...this.#scopeLabels(scope) };
      for (const metric of metrics) {
        try {
          this.#record(metric, shared);
        } catch (error) {
          const name = String((metric as Partial<MetricData>).descriptor?.name);
          errors.push(new Error(`redmeter: the metric ${name.slice(0, 80)} is not recorded`, { cause: error }));
        }
      }
    }
    return errors;
  }

  #record(metric: MetricData, shared: Labels): void {
    switch (metric.dataPointType) {
      case DataPointType.SUM:
        this.#sums.record(metric, shared);
        return;
      case DataPointType.GAUGE:
        this.#gauges.record(metric, shared);
        return;
      case DataPointType.HISTOGRAM:
        this.#explicit.record(metric, shared);
        return;
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        this.#exponential.record(metric, shared);
        return;
      default:
        throw new TypeError('expected a sum, a gauge or a histogram, got another type of data points');
    }
  }

  #resourceLabels(attributes: Readonly<Record<string, unknown>>): Labels {
    const given = this.#options.resourceLabels.filter((name) => attributes[name] !== undefined);
    return labelsOf(Object.fromEntries(given.map((name) => [name, attributes[name]])));
  }

  #scopeLabels({ name, version, schemaUrl }: ScopeMetrics['scope']): Labels {
    if (!this.#options.scopeLabels) return {};
    return { otel_scope_name: name, otel_scope_version: version ?? '', otel_scope_schema_url: schemaUrl ?? '' };
  }
}
