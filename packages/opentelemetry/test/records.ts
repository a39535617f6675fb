import type { Redis } from 'ioredis';

/** What stands under a key, as JSON says it; null for nothing. */
export async function recordOf(redis: Redis, key: string): Promise<Record<string, unknown> | null> {
  return JSON.parse((await redis.get(key)) ?? 'null') as Record<string, unknown> | null;
}

/** The value of a counter or a gauge; undefined for none. */
export async function valueOf(redis: Redis, key: string): Promise<unknown> {
  return (await recordOf(redis, key))?.['value'];
}
