import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { RedisClient } from './redis-client.js';

/** One server: its URL, and what TLS needs beside the system's certificate authorities. */
export interface ServerLocation {
  /** `redis://…`, `rediss://…` or `unix://…` */
  readonly url: string;
  /** Options of Node's `tls.connect`, such as `{ ca }`; only with `rediss://`. */
  readonly tls?: TlsOptions;
}

/** A Redis Cluster, by some of its nodes; `shards` is needed with it. */
export interface ClusterLocation {
  /** URLs of nodes, the same user, password and scheme in all; the others are found through them. */
  readonly cluster: readonly string[];
  /** As for one server, for all nodes. */
  readonly tls?: TlsOptions;
}

/** The master that Sentinels watch. */
export interface SentinelLocation {
  /** URLs of Sentinels, with their own users and passwords if they have any; `rediss://` for TLS to them. */
  readonly sentinels: readonly string[];
  /** What the Sentinels call the master, such as `mymaster`. */
  readonly name: string;
  /** The user of the master and its replicas. */
  readonly username?: string;
  readonly password?: string;
  /** The logical database; default 0. */
  readonly db?: number;
  /** Given, also as `{}`, it means TLS to the master; its options are those for the Sentinels, too. */
  readonly tls?: TlsOptions;
}

/** Where the metrics go. An ioredis client is used as it is and not closed. */
export type RedisLocation = string | ServerLocation | ClusterLocation | SentinelLocation | RedisClient;
