/** What the library needs of an ioredis client (version 5 or 6, of a single server, behind Sentinel, or of a Cluster). */
export interface RedisClient {
  /** `ready` when commands are sent at once, rather than queued. */
  readonly status: string;
  readonly isCluster: boolean;
  /** The connection of a client of one server, once there is one. */
  readonly stream?: { readonly writable: boolean } | undefined;
  readonly options: RedisClientOptions & {
    /** Of a Cluster's client. */
    readonly redisOptions?: RedisClientOptions | undefined;
  };
  connect(): Promise<unknown>;
  call(command: string, args: (string | number)[]): Promise<unknown>;
  on(event: RedisClientEvent, listener: (error: Error) => void): unknown;
  off(event: RedisClientEvent, listener: (error: Error) => void): unknown;
}

interface RedisClientOptions {
  readonly keyPrefix?: string | undefined;
  /** Whether the client asks INFO when it connects; false where the server does not take it well. */
  readonly enableReadyCheck?: boolean | undefined;
}

/** What the library listens for; only `error` comes with one. */
type RedisClientEvent = 'ready' | 'close' | 'end' | 'error';
