import type { Redis } from 'ioredis';
import type { StoredKey } from '../../../packages/metric-reader/test/vectors.js';

/** Makes the database hold these keys and no others. */
export async function storeKeys(redis: Redis, keys: readonly StoredKey[]): Promise<void> {
  const pipeline = redis.pipeline();
  pipeline.flushall();
  for (const { key, content } of keys) {
    switch (content.kind) {
      case 'string':
        pipeline.set(key, content.bytes);
        break;
      case 'list':
        pipeline.rpush(key, ...content.elements);
        break;
      case 'set':
        pipeline.sadd(key, ...content.elements);
        break;
      case 'hash':
        pipeline.hset(key, ...content.pairs.flat());
        break;
      case 'zset':
        pipeline.zadd(key, ...content.pairs.flatMap(([member, score]) => [score, member]));
        break;
      case 'stream':
        pipeline.xadd(key, '*', ...content.pairs.flat());
        break;
    }
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error !== null) throw error;
}
