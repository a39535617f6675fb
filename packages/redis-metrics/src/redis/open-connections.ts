import { hashSlot, type KeySpace } from '@redmeter/metric-format';
import { SentinelMaster } from '@redmeter/redis-connector';
import { ClusterNodes } from './cluster-nodes.js';
import type { RedisAddress } from './redis-address.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/**
 * One connection for all shards; for a cluster one per shard, to the master that serves it.
 * @param spaces the key space of each shard
 * @param onReady called each time one of them is ready
 */
export function openConnections(
  redis: RedisAddress | RedisClient,
  spaces: readonly KeySpace[],
  onReady: () => void,
): readonly RedisConnection[] {
  const discovery = 'display' in redis ? redis.discovery : undefined;
  switch (discovery?.kind) {
    case undefined:
      return [new RedisConnection(redis, onReady)];
    case 'sentinel':
      return [
        new RedisConnection(redis, onReady, { locator: new SentinelMaster(discovery.sentinels, discovery.name) }),
      ];
    case 'cluster': {
      const nodes = new ClusterNodes(discovery.nodes);
      return spaces.map(
        ({ tag = '' }) => new RedisConnection(redis, onReady, { locator: nodes.locatorOf(hashSlot(tag)) }),
      );
    }
  }
}
