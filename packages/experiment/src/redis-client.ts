import { directClientOptions, parseRedisUrl, redisUrlOptions, withoutPassword } from '@redmeter/redis-connector';
import { Redis, type RedisOptions } from 'ioredis';

/** Whether a text is the URL of one Redis server: `redis://`, `rediss://` or `unix://`. */
export function isServerUrl(text: string): boolean {
  const url = parseRedisUrl(text);
  return url !== undefined && url.master === undefined && url.endpoints.length === 1;
}

/**
 * A client that is not connected yet, fails at once while Redis is away, and sends only what it is asked to send: a server or proxy
 * need not know INFO, HELLO and CLIENT, nor a user be allowed to call them.
 * @param timeoutMs for the connection, and for the answer to each command
 * @param options by default, a connection that ends is not made again
 * @throws Error when the URL is not that of one server; the message shows no password
 */
export function newRedisClient(
  url: string,
  timeoutMs: number,
  options: Pick<RedisOptions, 'retryStrategy'> = {},
): Redis {
  const parsed = isServerUrl(url) ? parseRedisUrl(url) : undefined;
  if (parsed === undefined) {
    throw new Error(
      `expected redis://[user:password@]host[:port][/database], rediss:// for TLS or unix://path, got ${withoutPassword(url)}`,
    );
  }
  return new Redis({
    ...directClientOptions(redisUrlOptions(parsed), timeoutMs, { keepsProcessRunning: true }),
    commandTimeout: timeoutMs,
    ...options,
  });
}
