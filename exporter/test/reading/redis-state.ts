import { internalKeys, type InternalKeys } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';

const KEYS = internalKeys({ prefix: 'metrics' });

/** Writes series of a shard as the merge script leaves them, on the node that has its slot. */
export async function writeToShard(
  redis: Redis,
  { tag, shards }: { readonly tag: string; readonly shards: number },
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const keys = internalKeys({ prefix: 'metrics', tag });
  await redis.setnx(keys.dataset, `{"format":1,"id":"${tag}","shards":${shards}}`);
  await writeWith(redis, keys, values, 1_800_000);
}

/** Writes series as the merge script leaves them: value, expiry, and one revision for all in the indexes. */
export async function writeIndexed(
  redis: Redis,
  values: Readonly<Record<string, string>>,
  ttlMs = 1_800_000,
): Promise<void> {
  await redis.setnx(KEYS.dataset, `{"format":1,"id":"${Math.random().toString(36).slice(2)}","shards":1}`);
  await writeWith(redis, KEYS, values, ttlMs);
}

async function writeWith(
  redis: Redis,
  keys: InternalKeys,
  values: Readonly<Record<string, string>>,
  ttlMs: number,
): Promise<void> {
  const revision = await redis.incr(keys.revision);
  const transaction = redis.multi();
  for (const [key, value] of Object.entries(values)) {
    transaction.set(key, value, 'PX', ttlMs);
    transaction.zadd(keys.changed, revision, key);
    transaction.zadd(keys.live, Date.now() + ttlMs, key);
  }
  await transaction.exec();
}

/** Keeps idle series alive as a writer does: only their expiry moves. */
export async function touch(redis: Redis, keys: readonly string[], ttlMs = 1_800_000): Promise<void> {
  for (const key of keys) {
    if ((await redis.pexpire(key, ttlMs)) === 1) await redis.zadd(KEYS.live, 'XX', Date.now() + ttlMs, key);
  }
}

/** Declares a metric name, as the merge script does. */
export async function declare(redis: Redis, name: string, record: unknown): Promise<void> {
  await redis.set(KEYS.family(name), JSON.stringify(record));
}
