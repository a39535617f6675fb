import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { NodeRedisClient } from './clients/node-redis-client.js';
import type { RedisClient } from './redis-client.js';
import type { RestLocation, UpstashClient } from './clients/rest-client.js';

/** One server: its URL, and TLS options beyond the system's certificate authorities. */
export interface ServerLocation {
  /** `redis://…`, `rediss://…` or `unix://…` */
  readonly url: string | URL;
  /** Options for Node's `tls.connect`, such as `{ ca }`; only with `rediss://`. */
  readonly tls?: TlsOptions;
}

/** One server, by the options of ioredis. Other options need an ioredis client. */
export interface ServerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 6379. */
  readonly port?: number;
  /** A Unix socket, instead of host and port. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  /** The logical database; default 0. */
  readonly db?: number;
  /** If set, also to `{}`, the connection uses TLS. */
  readonly tls?: TlsOptions;
}

/** A Redis Cluster, given by some of its nodes; requires the option `shards`. */
export interface ClusterLocation {
  /** URLs of nodes, with the same user, password and scheme; the other nodes are found through them. */
  readonly cluster: readonly (string | URL)[];
  /** As for one server; applies to all nodes. */
  readonly tls?: TlsOptions;
}

/** A master that Sentinels monitor. */
export interface SentinelLocation {
  /** URLs of Sentinels, with their own users and passwords if needed; `rediss://` for TLS. */
  readonly sentinels: readonly (string | URL)[];
  /** The name of the master, such as `mymaster`. */
  readonly name: string;
  /** The user of the master and its replicas. */
  readonly username?: string;
  readonly password?: string;
  /** The logical database; default 0. */
  readonly db?: number;
  /** If set, also to `{}`, the connection to the master uses TLS; the options also apply to the Sentinels. */
  readonly tls?: TlsOptions;
}

/** Where the metrics go. A client (of ioredis, node-redis or `@upstash/redis`) is used as it is and not closed. */
export type RedisLocation =
  | string
  | URL
  | ServerLocation
  | ServerOptions
  | RestLocation
  | ClusterLocation
  | SentinelLocation
  | RedisClient
  | NodeRedisClient
  | UpstashClient;
