import { withTlsHint } from '@redmeter/metric-format';
import { readMetricsFromRedis } from '@redmeter/metric-reader';
import { Redis } from 'ioredis';
import { messageOf } from '../experiment-error.js';
import type { BackendAnswer } from './http-backend.js';

/**
 * Reads the application's own metrics straight from Redis, as JSON: a list of `{name, labels, value}`, one for each sample
 * (histograms as `_bucket` with `le`, `_sum`, `_count`, `_p50`, `_p95`, `_p99`). The URL's `prefix` parameter names other keys than `metrics:*`.
 */
export async function askRedisBackend(givenUrl: string, timeoutMs: number): Promise<BackendAnswer> {
  const url = new URL(givenUrl);
  const prefix = url.searchParams.get('prefix');
  url.search = '';
  const redis = new Redis(url.href, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    enableOfflineQueue: false,
    // What is not needed is not asked: a server or proxy need not know INFO, HELLO and CLIENT, nor a user be allowed to.
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    retryStrategy: () => null,
  });
  // Without a listener ioredis prints each failure; it is told below.
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  try {
    await redis.connect();
    const { families } = await readMetricsFromRedis(
      (command, args) => redis.callBuffer(command, ...args),
      prefix === null ? {} : { prefix },
    );
    const samples = families.flatMap((family) =>
      family.samples.map(({ name, labels, le, value }) => ({
        name,
        labels: {
          ...Object.fromEntries(labels.labels),
          ...(le === undefined ? {} : { le }),
        },
        value,
      })),
    );
    return { kind: 'answer', json: JSON.stringify(samples) };
  } catch (error) {
    const trouble = withTlsHint(messageOf(lastError ?? error), url.protocol === 'rediss:');
    return { kind: 'failed', reason: `expected metrics from Redis at ${url.host}, got ${trouble}` };
  } finally {
    redis.disconnect();
  }
}
