import { Redis } from 'ioredis';
import type { ResultStore } from './result-store.js';
import { fromStoredText, reportingFailure, toStoredText } from './stored-text.js';

// One hash: each command is atomic, and a list is one read.
const RESULTS_KEY = 'redmeter-results';
const TIMEOUT_MS = 5000;

/** Opens a store in Redis: the hash `redmeter-results`, a field for each name. `url` is redis:// or rediss://. */
export async function openRedisResultStore(url: string): Promise<ResultStore> {
  const where = `in Redis at ${URL.canParse(url) ? new URL(url).host : 'its address'}`;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  await reportingFailure(where, async () => {
    try {
      await redis.connect();
    } catch (error) {
      throw lastError ?? error;
    }
  });
  return {
    put: (stored) =>
      reportingFailure(where, async () => {
        await redis.hset(RESULTS_KEY, stored.name, toStoredText(stored));
      }),
    get: (name) =>
      reportingFailure(where, async () => {
        const text = await redis.hget(RESULTS_KEY, name);
        return text === null ? undefined : fromStoredText(text);
      }),
    list: () =>
      reportingFailure(where, async () => {
        const texts = await redis.hvals(RESULTS_KEY);
        return texts.map(fromStoredText).sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    remove: (name) => reportingFailure(where, async () => (await redis.hdel(RESULTS_KEY, name)) > 0),
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
