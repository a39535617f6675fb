// What the examples share: they end by comparing what lies in Redis with what they recorded.
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
  const redis = new Redis(redisUrl);
  const record = await redis.get(key);
  redis.disconnect();
  const { value } = readRecord(record ?? '{}');
  console.log(`${key}: expected ${expected}, got ${value ?? 'nothing'}`);
  if (value !== expected) process.exitCode = 1;
}
