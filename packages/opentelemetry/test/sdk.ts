import { afterEach } from '@jest/globals';
import type { Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricProducer,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { RedisMetricExporter, type OwnServiceOptions, type RedisMetricExporterOptions } from '../src/index.js';

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

/** Starts an SDK that exports on request only. */
export function startSdkOf(options: RedisMetricExporterOptions, setUp: TestSdkOptions = {}): TestSdk {
  const exporter = new RedisMetricExporter(options);
  const { attributes = {}, views = [], ...ofReader } = setUp;
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000, ...ofReader });
  const provider = new MeterProvider({ readers: [reader], views, resource: resourceFromAttributes(attributes) });
  return { exporter, provider, meter: provider.getMeter('test', '1.2.3'), flush: () => provider.forceFlush() };
}

/**
 * Starts SDKs in tests, and shuts them down after each.
 * @param defaults the options of an exporter, read when it is started
 */
export function useSdks(
  defaults: () => RedisMetricExporterOptions,
): (options?: Partial<OwnServiceOptions>, setUp?: TestSdkOptions) => TestSdk {
  const started: TestSdk[] = [];
  afterEach(async () => {
    await Promise.all(
      started.splice(0).map(async ({ exporter, provider }) => {
        // Where a test has Redis down, the SDK does not get as far as the exporter.
        await provider.shutdown().catch(() => undefined);
        await exporter.shutdown();
      }),
    );
  });
  return (options = {}, setUp = {}) => {
    const sdk = startSdkOf({ ...defaults(), ...options }, setUp);
    started.push(sdk);
    return sdk;
  };
}
