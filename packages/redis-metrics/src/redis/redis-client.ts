import type { ConnectionOptions, Endpoint } from '@redmeter/redis-connector';
import type { CommandArguments } from './prepared-command.js';

/** The part of an ioredis client that the library uses (version 5 or 6; single server, Sentinel or Cluster). Other clients are adapted. */
export interface RedisClient {
  /** How error messages show the server; default the Redis of the given client. */
  readonly where?: string;
  /** `ready` when commands are sent immediately rather than queued. */
  readonly status: string;
  readonly isCluster: boolean;
  /** The connection of a single-server client, once it exists. */
  readonly stream?: { readonly writable: boolean } | undefined;
  readonly options: RedisClientOptions & {
    /** Of a Cluster client. */
    readonly redisOptions?: RedisClientOptions | undefined;
  };
  connect(): Promise<unknown>;
  call(command: string, args: (string | number)[]): Promise<unknown>;
  on(event: RedisClientEvent, listener: (error: Error) => void): unknown;
  off(event: RedisClientEvent, listener: (error: Error) => void): unknown;
}

/** A client that the library opened itself: it sends each command immediately and once, or fails. */
export interface OwnClient extends RedisClient {
  send(command: string, args: CommandArguments): Promise<unknown>;
  once(event: RedisClientEvent, listener: (error: Error) => void): unknown;
  /** @param reconnect whether `end` is to be followed by a new connection */
  disconnect(reconnect?: boolean): void;
}

/**
 * Opens a client, not connected yet.
 * @param locate finds the server of each connection, when `where` does not name it
 */
export type OpenClient = (where: ConnectionOptions, locate?: () => Promise<Endpoint>) => OwnClient;

interface RedisClientOptions {
  readonly keyPrefix?: string | undefined;
  /** Whether the client calls INFO when it connects; false for servers that do not support it. */
  readonly enableReadyCheck?: boolean | undefined;
}

/** The events that the library listens for; only `error` has an argument. */
export type RedisClientEvent = 'ready' | 'close' | 'end' | 'error';
