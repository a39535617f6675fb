import type { RedisConnection } from './redis-connection.js';
import type { RedisTraffic } from './redis-traffic.js';

/** Slots in a row, both ends among them. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** A server that has keys of its own. */
export interface RedisNode {
  /** `host:port`, or the path of its socket. */
  readonly name: string;
  readonly connection: RedisConnection;
  /** The slots that it serves, ascending; all of them where Redis is no cluster. */
  readonly slots: readonly SlotRange[];
}

/** Which nodes there are at one moment. */
export interface Topology {
  readonly isCluster: boolean;
  /** By the first of their slots; those that cannot be reached are among them. */
  readonly nodes: readonly RedisNode[];
  /** Slots of a cluster that no node serves. */
  readonly unservedSlots: number;
}

/** One Redis as it is configured: a server, the master that Sentinels name, or a cluster. */
export interface RedisTarget {
  /** What it is called where there are several. */
  readonly name: string;
  /** The nodes that serve now. It never rejects: what cannot be asked is as it was. */
  topology(): Promise<Topology>;
  /** What was sent so far. */
  readonly traffic: RedisTraffic;
  /**
   * Gives up connections on which an answer is due for at least so many milliseconds, so that those who wait for others
   * need not wait for these.
   */
  cutSilent(silentMs: number): void;
  /** Ends all connections. */
  close(): void;
}

/** Whether a node serves a slot. */
export function servesSlot({ slots }: RedisNode, slot: number): boolean {
  return slots.some(({ first, last }) => first <= slot && slot <= last);
}
