import { inspect } from 'node:util';
import {
  RedisMetricsError,
  RedisMetricsService,
  type GaugeMode,
  type RedisMetricsOptions,
} from '@redmeter/redis-metrics';
import { modeReader, type ModeOf } from './recording/gauge-modes.js';
import type { RecordingOptions } from './recording/recording-options.js';

/** What all exporters can be told. */
interface CommonOptions extends RecordingOptions {
  /**
   * Milliseconds that an export and `forceFlush()` wait for Redis at most, and `shutdown()` with a `service` of the application, 10 to 3,600,000.
   * Default 10,000. It should be less than the reader's `exportTimeoutMillis`. Without such a service, `shutdown()` tries for 5 seconds.
   */
  readonly timeoutMs?: number;
}

/** The exporter has a RedisMetricsService of its own, which has these options too. `shutdown()` closes it. */
export interface OwnServiceOptions extends CommonOptions, RedisMetricsOptions {
  readonly service?: never;
}

/** The exporter records with a service that the application has, and that `shutdown()` does not close. */
export interface SharedServiceOptions extends CommonOptions {
  readonly service: RedisMetricsService;
}

/** Options of a RedisMetricExporter: an address of Redis, or a service. */
export type RedisMetricExporterOptions = OwnServiceOptions | SharedServiceOptions;

/** Validated options with defaults filled in. */
export interface ResolvedExporterOptions {
  readonly service: RedisMetricsService;
  readonly ownsService: boolean;
  readonly timeoutMs: number;
  readonly gaugeMode: ModeOf<'last' | 'process'>;
  readonly upDownCounterMode: ModeOf<'process' | 'sum'>;
  readonly resourceLabels: readonly string[];
  readonly scopeLabels: boolean;
}

/**
 * Validates options, and makes the service if none is given.
 * @throws RedisMetricsError `invalid_option`, naming the option, what was expected and what was got
 */
export function resolveExporterOptions(options: unknown): ResolvedExporterOptions {
  // Not shown, since a string may be an address with a password.
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', 'an object such as { redis: url }', options === null ? 'null' : typeof options);
  }
  const { service, timeoutMs, gauges, upDownCounters, resourceLabels, scopeLabels, ...others } =
    options as RedisMetricExporterOptions;
  const checked = {
    timeoutMs: readTimeout(timeoutMs),
    gaugeMode: readModes('gauges', gauges, ['last', 'process']),
    upDownCounterMode: readModes('upDownCounters', upDownCounters, ['process', 'sum']),
    resourceLabels: readNames(resourceLabels),
    scopeLabels: readBoolean(scopeLabels),
  };
  if (service === undefined) {
    return { ...checked, service: new RedisMetricsService(others as RedisMetricsOptions), ownsService: true };
  }
  if (!(service instanceof RedisMetricsService)) {
    throw invalid('service', 'a RedisMetricsService', inspect(service, { depth: 0 }));
  }
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw invalid(other, 'no option of a service beside service, which has its own', 'one');
  }
  return { ...checked, service, ownsService: false };
}

function readTimeout(value: unknown = 10_000): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 10 && value <= 3_600_000) return value;
  throw invalid('timeoutMs', 'a whole number from 10 to 3600000', inspect(value));
}

function readModes<Mode extends GaugeMode>(name: string, value: unknown, allowed: readonly Mode[]): ModeOf<Mode> {
  const modeOf = modeReader(value, allowed);
  if (modeOf !== undefined) return modeOf;
  const modes = allowed.map((mode) => `'${mode}'`).join(' or ');
  throw invalid(name, `${modes}, an object with one of these by name, or a function that returns one`, inspect(value));
}

function readNames(value: unknown = []): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')) return value as string[];
  throw invalid('resourceLabels', "a list of names of attributes, such as ['service.name']", inspect(value));
}

function readBoolean(value: unknown = false): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid('scopeLabels', 'true or false', inspect(value));
}

function invalid(name: string, expected: string, got: string): RedisMetricsError {
  return new RedisMetricsError('invalid_option', `${name}: expected ${expected}, got ${got}`);
}
