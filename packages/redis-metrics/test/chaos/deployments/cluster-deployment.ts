import { hashSlot, shardTags } from '@redmeter/metric-format';
import { startRedisCluster, type ClusterNode, type RedisCluster } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { MergeProxy } from '../proxy/merge-proxy.js';
import type { WriterTarget } from '../writer-protocol.js';
import { KEEPING_DATA, type Topology } from './deployment.js';

const SHARDS = 3;

/** A cluster of three masters with a replica each; each node is known by a door of the proxy only. */
export class ClusterDeployment implements Topology {
  readonly cluster: RedisCluster;
  /** The slot of each shard. */
  readonly slots: readonly number[] = shardTags(SHARDS).map(hashSlot);
  readonly target: WriterTarget;

  private constructor(cluster: RedisCluster, target: WriterTarget) {
    this.cluster = cluster;
    this.target = target;
  }

  static async start(proxy: MergeProxy): Promise<ClusterDeployment> {
    const urls: string[] = [];
    const announce = async (port: number): Promise<number> => {
      const door = await proxy.open(port);
      urls.push(door.url);
      return door.port;
    };
    const cluster = await startRedisCluster({ args: KEEPING_DATA, announce });
    return new ClusterDeployment(cluster, { redis: { cluster: urls }, shards: SHARDS });
  }

  async masters(): Promise<readonly Redis[]> {
    const nodes = new Set<ClusterNode>();
    for (const slot of this.slots) nodes.add(await this.cluster.masterOf(slot));
    return [...nodes].map(({ client }) => client);
  }

  /** A node that serves other slots than this one. */
  async otherMaster(slot: number): Promise<ClusterNode> {
    const master = await this.cluster.masterOf(slot);
    for (const other of this.cluster.nodes) {
      const isMaster = (await other.client.info('replication')).includes('role:master');
      if (isMaster && other.id !== master.id) return other;
    }
    throw new Error('expected a cluster of several masters');
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}
