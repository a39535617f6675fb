// What the examples share: they compare what is in Redis with what they recorded, and leave nothing behind.
// With the stack that `npm start` brings up, the address is redis://:redmeter@localhost:6379.
import { Redis } from 'ioredis';

export const redisUrl = process.argv[2] ?? process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** @type {(json: string) => { value?: number }} */
const readRecord = JSON.parse;

/**
 * Compares a counter in Redis with what was recorded; the process ends with 1 when they differ.
 * @param {string} key
 * @param {number} expected
 */
export async function checkTotal(key, expected) {
  await withRedis(async (redis) => {
    const record = await redis.get(key);
    const { value } = readRecord(record ?? '{}');
    console.log(`${key}: expected ${expected}, got ${value ?? 'nothing'}`);
    if (value !== expected) process.exitCode = 1;
  });
}

/**
 * Removes all that was recorded under a prefix of the example's own.
 * @param {string} prefix
 */
export async function removeRecords(prefix) {
  await withRedis(async (redis) => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.unlink(keys);
  });
}

/** @param {(redis: Redis) => Promise<void>} work */
async function withRedis(work) {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null });
  let problem = '';
  redis.on('error', ({ message }) => (problem = message));
  try {
    await redis.connect();
    await work(redis);
  } catch (error) {
    problem ||= error instanceof Error ? error.message : String(error);
    console.error(`Redis: ${problem}; expected an address such as redis://:password@localhost:6379`);
    process.exitCode = 1;
  } finally {
    redis.disconnect();
  }
}
