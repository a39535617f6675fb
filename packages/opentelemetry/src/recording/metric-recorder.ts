import {
  DataPointType,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Labels, RedisMetricsService } from '@redmeter/redis-metrics';
import { Attempts } from './attempts.js';
import { ExplicitHistograms } from './explicit-histograms.js';
import { ExponentialHistograms } from './exponential-histograms.js';
import type { ModeOf } from './gauge-modes.js';
import { Gauges } from './gauges.js';
import { labelsOf } from './label-texts.js';
import { originKey, type Origin } from './origin.js';
import type { RecordPoint } from './points.js';
import { Sums } from './sums.js';

/** What a recorder is told. */
export interface RecorderOptions {
  readonly gaugeMode: ModeOf<'last' | 'process'>;
  readonly upDownCounterMode: ModeOf<'process' | 'sum'>;
  readonly resourceLabels: readonly string[];
  readonly scopeLabels: boolean;
}

interface Found {
  readonly metric: MetricData;
  readonly origin: Origin;
}

/** Records the data points of an export with a RedisMetricsService, which counts those that it cannot take, by reason. */
export class MetricRecorder {
  readonly #options: RecorderOptions;
  readonly #sums: Sums;
  readonly #gauges: Gauges;
  readonly #explicit: ExplicitHistograms;
  readonly #exponential: ExponentialHistograms;
  #exportNumber = 0;

  constructor(service: RedisMetricsService, options: RecorderOptions) {
    this.#options = options;
    this.#sums = new Sums(service, options.upDownCounterMode);
    this.#gauges = new Gauges(service, options.gaugeMode);
    this.#explicit = new ExplicitHistograms(service);
    this.#exponential = new ExponentialHistograms(service);
  }

  /**
   * Records all data points. One that is not as the SDK has them does not prevent the others. Never throws.
   * @returns the errors of what is not recorded, or not whole
   */
  record(exported: ResourceMetrics): readonly Error[] {
    const attempts = new Attempts();
    this.#exportNumber += 1;
    attempts.try('the export', () => {
      const found = this.#metricsIn(exported, attempts);
      this.#explicit.prepare(found.map(({ metric }) => metric));
      for (const { metric, origin } of found) {
        attempts.try(`the metric ${shownName(metric)}`, () => this.#record(metric, origin, attempts));
      }
    });
    return attempts.errors;
  }

  /** The metrics of an export that have a name and data points. */
  #metricsIn({ resource, scopeMetrics }: ResourceMetrics, attempts: Attempts): readonly Found[] {
    const attributes = attempts.try('the resource', () => resource.attributes) ?? {};
    const ofResource = this.#resourceLabels(attributes);
    return scopeMetrics.flatMap((scopeMetric) => {
      const read = attempts.try('a scope', () => ({ scope: scopeMetric.scope, metrics: [...scopeMetric.metrics] }));
      if (read === undefined) return [];
      const { scope, metrics } = read;
      const ofScope = attempts.try('the name of a scope', () => this.#scopeLabels(scope)) ?? {};
      const key = originKey(attributes, scope);
      const origin = { labels: { ...ofResource, ...ofScope }, key, exportNumber: this.#exportNumber };
      return metrics
        .filter((metric) => attempts.try(`the metric ${shownName(metric)}`, () => hasPoints(metric)) ?? false)
        .map((metric) => ({ metric, origin }));
    });
  }

  #record(metric: MetricData, origin: Origin, attempts: Attempts): void {
    const each = <Value>(points: readonly DataPoint<Value>[], record: RecordPoint<Value>): void => {
      const what = `a data point of the metric ${shownName(metric)}`;
      for (const point of points) attempts.try(what, () => record(point));
    };
    switch (metric.dataPointType) {
      case DataPointType.SUM:
        each(metric.dataPoints, this.#sums.recorder(metric, origin));
        return;
      case DataPointType.GAUGE:
        each(metric.dataPoints, this.#gauges.recorder(metric, origin));
        return;
      case DataPointType.HISTOGRAM:
        each(metric.dataPoints, this.#explicit.recorder(metric, origin));
        return;
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        each(metric.dataPoints, this.#exponential.recorder(metric, origin));
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

/** @throws TypeError when the metric has no name, or no list of data points */
function hasPoints({ descriptor, dataPoints }: MetricData): boolean {
  if (typeof descriptor.name !== 'string') throw new TypeError('name: expected text');
  if (!Array.isArray(dataPoints)) throw new TypeError('dataPoints: expected a list');
  return dataPoints.length > 0;
}

function shownName(metric: unknown): string {
  const { descriptor } = (metric ?? {}) as { descriptor?: { name?: unknown } | null };
  return typeof descriptor?.name === 'string' ? descriptor.name.slice(0, 80) : 'without a name';
}
