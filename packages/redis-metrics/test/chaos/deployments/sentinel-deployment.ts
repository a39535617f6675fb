import { startSentinelSet, type SentinelSet } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { MergeProxy } from '../proxy/merge-proxy.js';
import type { WriterTarget } from '../writer-protocol.js';
import { KEEPING_DATA, type Topology } from './deployment.js';

/** A master with a replica under three Sentinels, which know both by doors of the proxy. */
export class SentinelDeployment implements Topology {
  readonly set: SentinelSet;
  readonly target: WriterTarget;

  private constructor(set: SentinelSet) {
    this.set = set;
    this.target = {
      redis: { sentinels: set.sentinels.map(({ host, port }) => `redis://${host}:${port}`), name: set.name },
    };
  }

  static async start(proxy: MergeProxy): Promise<SentinelDeployment> {
    const set = await startSentinelSet({
      replicas: 1,
      args: KEEPING_DATA,
      announce: async (port) => (await proxy.open(port)).port,
    });
    return new SentinelDeployment(set);
  }

  async masters(): Promise<readonly Redis[]> {
    return [await (await this.set.master()).connect()];
  }

  stop(): Promise<void> {
    return this.set.stop();
  }
}
