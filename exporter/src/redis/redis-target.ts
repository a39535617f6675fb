import type { RedisConnection } from './redis-connection.js';
import type { RedisTraffic } from './redis-traffic.js';

/** A range of slots, including both ends. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** A server with its own keys. */
export interface RedisNode {
  /** `host:port`, or the path of its socket. */
  readonly name: string;
  readonly connection: RedisConnection;
  /** The slots that it serves, ascending; all of them where Redis is no cluster. */
  readonly slots: readonly SlotRange[];
}

/** The nodes at one moment. */
export interface Topology {
  readonly isCluster: boolean;
  /** By the first of their slots, including unreachable nodes. */
  readonly nodes: readonly RedisNode[];
  /** Slots of a cluster that no node serves. */
  readonly unservedSlots: number;
}

/** One Redis as it is configured: a server, the master that Sentinels name, or a cluster. */
export interface RedisTarget {
  /** Its name if there are several. */
  readonly name: string;
  /** The nodes that serve now. It never rejects: the state of unreachable nodes is kept. */
  topology(): Promise<Topology>;
  /** The traffic so far. */
  readonly traffic: RedisTraffic;
  /**
   * Closes connections on which a reply has been due for at least `silentMs` milliseconds, so that reads of other
   * nodes do not wait for them.
   */
  cutSilent(silentMs: number): void;
  /** Ends all connections. */
  close(): void;
}

/** Whether a node serves a slot. */
export function servesSlot({ slots }: RedisNode, slot: number): boolean {
  return slots.some(({ first, last }) => first <= slot && slot <= last);
}
