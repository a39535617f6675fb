import type { Redis } from 'ioredis';

/** The value of a counter or gauge as it is in Redis, by the rest of its key; undefined when it is not there. */
export async function recordedValue(redis: Redis, series: string): Promise<number | undefined> {
  return (await record(redis, series))?.value;
}

/** The number of observations of a histogram as it is in Redis, 0 when it is not there. */
export async function recordedCount(redis: Redis, series: string): Promise<number> {
  return (await record(redis, series))?.count ?? 0;
}

async function record(redis: Redis, series: string): Promise<{ value?: number; count?: number } | undefined> {
  const text = await redis.get(`metrics:${series}`);
  return text === null ? undefined : (JSON.parse(text) as { value?: number; count?: number });
}
