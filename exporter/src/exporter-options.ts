import type { ListenAddress } from '@redmeter/http-server';
import type { OtlpOptions } from './otlp/otlp-options.js';
import type { PushOptions } from './push/push-options.js';
import type { RedisAccess } from './redis/redis-url.js';

/** Options of the exporter. */
export interface ExporterOptions {
  /** URLs of one Redis or several, see RedisAddress. */
  readonly redis: readonly string[];
  readonly access: RedisAccess;
  readonly listen: ListenAddress;
  readonly webConfigFile: string | undefined;
  /** Host names that requests may use, besides IP addresses, localhost and that of `listen`; see AllowedHosts. */
  readonly allowedHosts?: readonly string[];
  readonly maxConnections: number;
  /** Whether the page for people is served at `/`. */
  readonly withPage: boolean;
  readonly answerTimeoutMs: number;
  readonly prefix: string;
  readonly scanLimitKeys: number;
  readonly maxSeries: number;
  readonly scrapeTimeoutMs: number;
  readonly counterHoldMs: number;
  readonly withCreated: boolean;
  /** The OTLP receiver; undefined when it is off. */
  readonly otlp?: OtlpOptions | undefined;
  /** Where series are pushed; undefined when they are not. */
  readonly push?: PushOptions | undefined;
  /** Whether it only checks the configuration. */
  readonly isConfigCheck: boolean;
  /** Whether it prints the metrics once and ends. */
  readonly isOnce: boolean;
}
