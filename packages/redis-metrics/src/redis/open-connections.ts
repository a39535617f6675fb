import { hashSlot, type KeySpace } from '@redmeter/metric-format';
import { ClusterNodes } from './cluster-nodes.js';
import type { RedisAddress } from './redis-address.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { SentinelLocator } from './sentinel-locator.js';

/**
 * One connection for all shards; to a cluster one for each, that to the master which serves it.
 * @param spaces where the keys of each shard lie
 * @param onReady called whenever one of them is there, also again
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
      return [new RedisConnection(redis, onReady, new SentinelLocator(discovery.sentinels, discovery.name))];
    case 'cluster': {
      const nodes = new ClusterNodes(discovery.nodes);
      return spaces.map(({ tag = '' }) => new RedisConnection(redis, onReady, nodes.locatorOf(hashSlot(tag))));
    }
  }
}
