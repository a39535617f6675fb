import { afterEach } from '@jest/globals';
import type { Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricProducer,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { RedisMetricExporter, type RedisMetricExporterOptions } from '../src/index.js';

/** What an application has. */
export interface TestSdk {
  readonly exporter: RedisMetricExporter;
  readonly provider: MeterProvider;
  readonly meter: Meter;
  /** Collects and exports, and waits for Redis. */
  readonly flush: () => Promise<void>;
}

/** How an application sets up the SDK. */
export interface TestSdkOptions {
  readonly views?: ViewOptions[];
  readonly attributes?: Record<string, string>;
  readonly metricProducers?: MetricProducer[];
  readonly maxExportBatchSize?: number;
}

/**
 * Starts SDKs in tests, which export on request only, and shuts them down after each.
 * @param defaults the options of an exporter, read when it is started
 */
export function useSdks(
  defaults: () => RedisMetricExporterOptions,
): (options?: object, setUp?: TestSdkOptions) => TestSdk {
  const started: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((end) => end()));
  });
  return (options = {}, setUp = {}) => {
    const exporter = new RedisMetricExporter({ ...defaults(), ...options });
    const { attributes = {}, views = [], ...ofReader } = setUp;
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000, ...ofReader });
    const provider = new MeterProvider({ readers: [reader], views, resource: resourceFromAttributes(attributes) });
    started.push(async () => {
      // Where a test has Redis down, the SDK does not get as far as the exporter.
      await provider.shutdown().catch(() => undefined);
      await exporter.shutdown();
    });
    return { exporter, provider, meter: provider.getMeter('test', '1.2.3'), flush: () => provider.forceFlush() };
  };
}
