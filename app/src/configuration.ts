import { z } from 'zod';
import { redactedUrl } from './redacted-url.js';
import { StoreError } from './store-error.js';

/** Settings of the store from environment variables, with defaults. */
export interface Configuration {
  /** `PORT`, default 5050; 0 for any free port. */
  readonly port: number;
  /** `HOST`, the address to listen on, default 127.0.0.1. */
  readonly host: string;
  /** `REDIS_URL`, default redis://127.0.0.1:6379; may hold a password. */
  readonly redisUrl: string;
  /** `METRICS_FLUSH_INTERVAL_MS`, default 5,000. */
  readonly flushIntervalMs: number;
  /** `METRICS_TTL_SECONDS`, default 1,800. */
  readonly ttlSeconds: number;
  /** `LOG_LEVEL`, default info. */
  readonly logLevel: LogLevel;
  /** `HANDLER_DELAY_MS`, the maximum random delay of a handler, default 20; 0 for none. */
  readonly handlerDelayMs: number;
  /** `STORE_VERSION`, the header `X-Store-Version` of each answer and the label `version` of each series; not set by default. */
  readonly version: string | undefined;
  /** `STORE_EXTRA_DELAY_MS`, a delay added to every handler, default 0: simulates a slower version. */
  readonly extraDelayMs: number;
  /** `STORE_ERROR_RATE`, the share of requests that fail, 0 to 1, default 0: simulates a failing version. */
  readonly errorRate: number;
  /** `DRAIN_TIMEOUT_MS`, how long a stop waits for requests in flight, default 4,000. */
  readonly drainTimeoutMs: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

type LogLevel = (typeof logLevels)[number];

const variables = z.object({
  PORT: wholeNumber(0, 65_535).default(5050),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, 'an IP address or host name of this machine, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  REDIS_URL: z
    .string()
    .refine(isRedisUrl, 'redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix:///path')
    .default('redis://127.0.0.1:6379'),
  METRICS_FLUSH_INTERVAL_MS: wholeNumber(10, 3_600_000).default(5000),
  METRICS_TTL_SECONDS: wholeNumber(1, 86_400).default(1800),
  LOG_LEVEL: z.enum(logLevels, `one of ${logLevels.join(', ')}`).default('info'),
  HANDLER_DELAY_MS: wholeNumber(0, 60_000).default(20),
  STORE_VERSION: z
    .string()
    .regex(/^[\w.+-]{1,100}$/, 'a name of letters, digits, ".", "_", "+" and "-"')
    .optional(),
  STORE_EXTRA_DELAY_MS: wholeNumber(0, 60_000).default(0),
  STORE_ERROR_RATE: z
    .string()
    .regex(/^(?:0?\.\d{1,9}|[01]|0\.0*|1\.0*)$/, 'a share from 0 to 1, such as 0.25')
    .transform(Number)
    .default(0),
  DRAIN_TIMEOUT_MS: wholeNumber(0, 600_000).default(4000),
});

/**
 * Reads the store's variables; an empty one counts as not set.
 * @throws StoreError `invalid_configuration`: a line for each wrong variable, with what was expected and what was got
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(set);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name}: expected ${message}, got ${JSON.stringify(redactedUrl(set[name] ?? ''))}`;
    });
    throw new StoreError('invalid_configuration', lines.join('\n'));
  }
  const { data } = parsed;
  if (data.METRICS_TTL_SECONDS * 1000 < 3 * data.METRICS_FLUSH_INTERVAL_MS) {
    // The library requires it, so that series outlive a failed flush.
    throw new StoreError(
      'invalid_configuration',
      `METRICS_TTL_SECONDS: expected at least three times METRICS_FLUSH_INTERVAL_MS (${data.METRICS_FLUSH_INTERVAL_MS} ms), got ${data.METRICS_TTL_SECONDS} s`,
    );
  }
  return {
    port: data.PORT,
    host: data.HOST,
    redisUrl: data.REDIS_URL,
    flushIntervalMs: data.METRICS_FLUSH_INTERVAL_MS,
    ttlSeconds: data.METRICS_TTL_SECONDS,
    logLevel: data.LOG_LEVEL,
    handlerDelayMs: data.HANDLER_DELAY_MS,
    version: data.STORE_VERSION,
    extraDelayMs: data.STORE_EXTRA_DELAY_MS,
    errorRate: data.STORE_ERROR_RATE,
    drainTimeoutMs: data.DRAIN_TIMEOUT_MS,
  };
}

function wholeNumber(min: number, max: number): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error: expected, abort: true })
    .refine((text) => Number(text) >= min && Number(text) <= max, expected)
    .transform(Number);
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  if (protocol === 'unix:') return pathname.length > 1;
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^(\/\d*)?$/.test(pathname);
}
