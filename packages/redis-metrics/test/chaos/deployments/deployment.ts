import type { Redis } from 'ioredis';
import type { WriterTarget } from '../writer-protocol.js';

/** What Redis holds: texts by key. */
export type Data = ReadonlyMap<string, string>;

interface Servers {
  /** Clients of the servers that have the data now, each a part of them. */
  masters(): Promise<readonly Redis[]>;
  stop(): Promise<void>;
}

/** One server at a time takes writes: where the proxy's first door leads. */
export interface OneServer extends Servers {
  /** Where the data are now. */
  readonly port: number;
}

/**
 * For servers that come back as replicas: one that is promoted before it has the master's data, as on a machine so busy that the
 * master seems dead, then has old data rather than none, which would be lost for good.
 */
export const KEEPING_DATA: readonly string[] = ['--appendonly', 'yes'];

/** Several servers, each behind a door of its own, which writers find by themselves. */
export interface Topology extends Servers {
  readonly target: WriterTarget;
}

/** A Redis that faults are done to. */
export type Deployment = OneServer | Topology;

/** Reads all texts of the library. */
export async function readData(deployment: Deployment): Promise<Data> {
  const data = new Map<string, string>();
  for (const redis of await deployment.masters()) {
    const keys = await redis.keys('metrics*');
    const reads = redis.pipeline();
    for (const key of keys) reads.get(key);
    const results = (await reads.exec()) ?? [];
    for (const [i, [error, text]] of results.entries()) {
      // Sets and hashes are no part of what is compared.
      if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
      if (typeof text === 'string') data.set(keys[i] ?? '', text);
    }
  }
  return data;
}
