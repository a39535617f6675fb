import { withTlsHint } from '@redmeter/redis-connector';
import { messageOf } from '../experiment-error.js';
import { newRedisClient } from '../redis-client.js';
import type { StoreAdapter } from './metrics-store.js';
import { redisAbnStorage } from './redis-abn-storage.js';
import { redisReleaseStorage } from './redis-release-storage.js';
import { fromStoredText, fromStoredTexts, reportingFailure, toStoredText } from './stored-text.js';

// One hash: each command is atomic, and a list is one read.
const RESULTS_KEY = 'redmeter-results';
const TIMEOUT_MS = 5000;
const MAX_RETRY_DELAY_MS = 2000;

/**
 * Opens a store in Redis: results are the hash `redmeter-results`, a field for each name; A/B/n metrics are keys that begin with
 * `redmeter-abn:`; records of releases are the hash `redmeter-releases`. `url` is redis:// or rediss://. While Redis is away every call rejects; when it is back they work again.
 */
export async function openRedisStore(url: string): Promise<StoreAdapter> {
  const where = `in Redis at ${URL.canParse(url) ? new URL(url).host : 'its address'}`;
  let hasConnected = false;
  // Without a ready check: a command to a Redis that loads its data fails with that reason.
  const redis = await reportingFailure(where, () =>
    Promise.resolve(
      newRedisClient(url, TIMEOUT_MS, {
        retryStrategy: (attempt) => (hasConnected ? Math.min(attempt * 100, MAX_RETRY_DELAY_MS) : null),
      }),
    ),
  );
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  await reportingFailure(where, async () => {
    try {
      await redis.connect();
      // Any reply will do, also NOPERM: it shows that the server speaks the protocol of the address.
      await redis.ping().catch((error: unknown) => {
        if (!isReply(error)) throw error;
      });
      hasConnected = true;
    } catch (cause) {
      redis.disconnect();
      const failure = withTlsHint(messageOf(lastError ?? cause), redis.options.tls !== undefined);
      throw new Error(failure, { cause });
    }
  });
  return {
    abn: redisAbnStorage(redis, where),
    releases: redisReleaseStorage(redis, where),
    put: (stored) =>
      reportingFailure(where, async () => {
        await redis.hset(RESULTS_KEY, stored.name, toStoredText(stored));
      }),
    get: (name) =>
      reportingFailure(where, async () => {
        const text = await redis.hget(RESULTS_KEY, name);
        return text === null ? undefined : fromStoredText(name, text);
      }),
    list: () => reportingFailure(where, async () => fromStoredTexts(Object.entries(await redis.hgetall(RESULTS_KEY)))),
    remove: (name) => reportingFailure(where, async () => (await redis.hdel(RESULTS_KEY, name)) > 0),
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
