import { inspect } from 'node:util';
import {
  DEFAULT_BUCKETS,
  DEFAULT_PREFIX,
  DEFAULT_TTL_MS,
  isBounds,
  isKeyPrefix,
  KEY_PREFIX_RULE,
  MAX_ANSWER_SERIES,
  MAX_SHARDS,
  type Label,
} from '@redmeter/metric-format';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { checkLabels } from '../recording/families/label-rules.js';
import { unfailing, type Logger } from '../accounting/logger.js';
import type { RedisMetricsOptions } from './options.js';
import { isCluster, LocationError, readLocation } from '../redis/read-location.js';
import type { RedisAddress } from '../redis/redis-address.js';
import type { RedisClient } from '../redis/redis-client.js';

/** Validated options with defaults filled in. */
export interface ResolvedOptions {
  readonly redis: RedisAddress | RedisClient;
  readonly prefix: string;
  /** undefined for a single shard without a tag. */
  readonly shards: number | undefined;
  readonly flushIntervalMs: number;
  readonly ttlMs: number;
  readonly idleTtlMs: number;
  readonly defaultBuckets: readonly number[];
  readonly defaultLabels: readonly Label[];
  readonly maxSeries: number;
  readonly maxSeriesPerFamily: number;
  /** Number of series from which a warning is logged. */
  readonly manySeries: number;
  /** undefined for the default. */
  readonly writerId: string | undefined;
  readonly ownMetrics: boolean;
  readonly exemplarSource: (() => unknown) | undefined;
  readonly logger: Logger;
}

const NAMES = new Set<string>([
  'redis',
  'prefix',
  'shards',
  'flushIntervalMs',
  'ttlSeconds',
  'idleTtlSeconds',
  'defaultBuckets',
  'defaultLabels',
  'maxSeries',
  'maxSeriesPerFamily',
  'writerId',
  'ownMetrics',
  'exemplarSource',
  'logger',
] satisfies (keyof RedisMetricsOptions)[]);

/** Default threshold of the warning: 80 % of what a reader shows by default. */
const MANY_SERIES = 0.8 * MAX_ANSWER_SERIES;

const YEAR_SECONDS = 31_536_000;
const WRITER_ID = /^[^\p{Cc}\p{Surrogate}]{1,200}$/u;

/**
 * Validates options and fills in defaults.
 * @throws RedisMetricsError `invalid_option`, naming the option, what was expected and what was got
 */
export function resolveOptions(options: unknown): ResolvedOptions {
  // Not shown, since a string may be an address with a password.
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', 'an object such as { redis: url }', options === null ? 'null' : typeof options);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw invalid(name, `one of the options ${[...NAMES].join(', ')}`, 'an unknown one');
  }
  const given = options as { readonly [Name in keyof RedisMetricsOptions]?: unknown };
  const redis = readRedis(given.redis);
  const flushIntervalMs = readNumber('flushIntervalMs', given.flushIntervalMs, 5000, 10, 3_600_000);
  const ttlSeconds = readNumber('ttlSeconds', given.ttlSeconds, DEFAULT_TTL_MS / 1000, 1, YEAR_SECONDS);
  if (ttlSeconds * 1000 < 3 * flushIntervalMs) {
    throw invalid(
      'ttlSeconds',
      `at least three flush intervals (${(3 * flushIntervalMs) / 1000} s), so that a series outlives a flush that fails`,
      String(ttlSeconds),
    );
  }
  const idleTtlSeconds = readNumber(
    'idleTtlSeconds',
    given.idleTtlSeconds,
    Math.max(86_400, ttlSeconds),
    ttlSeconds,
    YEAR_SECONDS,
  );
  const maxSeries = readNumber('maxSeries', given.maxSeries, 50_000, 1, 10_000_000);
  return {
    redis,
    prefix: readText('prefix', given.prefix, DEFAULT_PREFIX, isKeyPrefix, KEY_PREFIX_RULE),
    shards: readShards(given.shards, redis),
    flushIntervalMs,
    ttlMs: ttlSeconds * 1000,
    idleTtlMs: idleTtlSeconds * 1000,
    defaultBuckets: readBuckets(given.defaultBuckets),
    defaultLabels: readLabels(given.defaultLabels),
    maxSeries,
    maxSeriesPerFamily: readNumber('maxSeriesPerFamily', given.maxSeriesPerFamily, maxSeries, 1, 10_000_000),
    manySeries: given.maxSeries === undefined ? MANY_SERIES : Number.POSITIVE_INFINITY,
    writerId: readText(
      'writerId',
      given.writerId,
      undefined,
      (text) => WRITER_ID.test(text),
      'a string of 1 to 200 characters',
    ),
    ownMetrics: readBoolean('ownMetrics', given.ownMetrics, true),
    exemplarSource: readExemplarSource(given.exemplarSource),
    logger: unfailing(readLogger(given.logger)),
  };
}

function readRedis(value: unknown): RedisAddress | RedisClient {
  try {
    return readLocation(value);
  } catch (error) {
    if (error instanceof LocationError) throw new RedisMetricsError('invalid_option', `redis: ${error.message}`);
    throw error;
  }
}

function readLabels(value: unknown = {}): readonly Label[] {
  const labels = checkLabels(value, undefined);
  if (Array.isArray(labels)) return labels;
  throw new RedisMetricsError('invalid_option', `defaultLabels: ${labels.detail}`);
}

function readShards(value: unknown, redis: RedisAddress | RedisClient): number | undefined {
  if (value !== undefined) return readNumber('shards', value, 1, 1, MAX_SHARDS);
  if (!isCluster(redis)) return undefined;
  throw invalid('shards', 'a number for a Redis Cluster, such as that of its masters', 'none');
}

function readNumber(name: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, `a whole number from ${least} to ${most}`, inspect(value));
}

function readText<Fallback extends string | undefined>(
  name: string,
  value: unknown,
  fallback: Fallback,
  isValid: (text: string) => boolean,
  expected: string,
): string | Fallback {
  if (value === undefined) return fallback;
  if (typeof value === 'string' && isValid(value)) return value;
  throw invalid(name, expected, inspect(value));
}

function readBuckets(value: unknown): readonly number[] {
  if (value === undefined) return DEFAULT_BUCKETS;
  if (isBounds(value)) return [...value];
  throw invalid('defaultBuckets', '1 to 200 finite numbers in ascending order', inspect(value));
}

const CONSOLE: Logger = {
  // Silent unless something is wrong.
  info: () => undefined,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

function readBoolean(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'true or false', inspect(value));
}

function readExemplarSource(value: unknown): (() => unknown) | undefined {
  if (value === undefined || typeof value === 'function') return value as (() => unknown) | undefined;
  throw invalid('exemplarSource', 'a function that returns labels or undefined', inspect(value));
}

function readLogger(value: unknown): Logger {
  if (value === undefined) return CONSOLE;
  const { info, warn, error } = (value ?? {}) as Partial<Record<keyof Logger, unknown>>;
  if ([info, warn, error].every((method) => typeof method === 'function')) return value as Logger;
  throw invalid('logger', 'an object with info, warn and error, such as console', inspect(value, { depth: 0 }));
}

function invalid(name: string, expected: string, got: string): RedisMetricsError {
  return new RedisMetricsError('invalid_option', `${name}: expected ${expected}, got ${got}`);
}
