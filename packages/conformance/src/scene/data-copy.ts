import type { Redis } from 'ioredis';

/** All keys of a Redis, with their times to live. */
export type DataCopy = readonly (readonly [key: string, ttlMs: number, dump: Buffer])[];

export async function copyData(redis: Redis): Promise<DataCopy> {
  const keys = await redis.keys('*');
  return Promise.all(keys.map(async (key) => [key, await redis.pttl(key), await redis.dumpBuffer(key)] as const));
}

/** Sets Redis back to a copy, as a restore or a failover to a replica that lags does. */
export async function restoreData(redis: Redis, copy: DataCopy): Promise<void> {
  await redis.flushall();
  await Promise.all(copy.map(([key, ttlMs, dump]) => redis.restore(key, Math.max(0, ttlMs), dump)));
}
