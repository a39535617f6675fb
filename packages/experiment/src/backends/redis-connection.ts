import { withTlsHint } from '@redmeter/redis-connector';
import type { SendCommand } from '@redmeter/metric-reader';
import type { Redis } from 'ioredis';
import { messageOf } from '../experiment-error.js';
import { newRedisClient } from '../redis-client.js';

/** What came of using Redis, or why it could not be used. */
export type RedisUse<Value> =
  { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'failed'; readonly reason: string };

/** Where metrics lie: the prefix of their keys, and the server. */
export type RedisPlace = { readonly url: URL; readonly prefix?: string };

/** The server and the prefix of a URL, whose `prefix` parameter names other keys than `metrics:*`. */
export function redisPlaceOf(givenUrl: string): RedisPlace {
  const url = new URL(givenUrl);
  const prefix = url.searchParams.get('prefix');
  url.search = '';
  return prefix === null ? { url } : { url, prefix };
}

/** Names the server, its database and the prefix of a URL, without who asks: the same for all who read the same metrics. */
export function redisPlaceName(givenUrl: string): string {
  const { url, prefix } = redisPlaceOf(givenUrl);
  const place = `${url.host}${url.pathname}`;
  return prefix === undefined ? place : `${place}?prefix=${encodeURIComponent(prefix)}`;
}

/**
 * Connects to Redis for the time of one use.
 *
 * @param timeoutMs How long to wait for the connection and for each reply, in milliseconds.
 * @throws What `use` throws once `signal` has been aborted.
 */
export async function useRedis<Value>(
  { url }: RedisPlace,
  timeoutMs: number,
  signal: AbortSignal,
  use: (send: SendCommand) => Promise<Value>,
): Promise<RedisUse<Value>> {
  let redis: Redis | undefined;
  let lastError: unknown;
  try {
    const client = newRedisClient(url.href, timeoutMs);
    redis = client;
    // Without a listener ioredis prints each failure.
    client.on('error', (error) => (lastError = error));
    await client.connect();
    return { kind: 'done', value: await use((command, args) => client.callBuffer(command, ...args)) };
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = withTlsHint(messageOf(lastError ?? error), url.protocol === 'rediss:');
    return { kind: 'failed', reason: `expected metrics from Redis at ${url.host}, got ${failure}` };
  } finally {
    redis?.disconnect();
  }
}
