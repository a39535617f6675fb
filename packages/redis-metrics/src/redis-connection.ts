import { Redis } from 'ioredis';
import { isError, messageOf } from './error-text.js';
import { backoffMs } from './backoff.js';
import type { RedisClient } from './redis-client.js';
import type { ConnectionOptions, RedisAddress } from './redis-address.js';
import { UnreferencedConnector } from './unreferenced-connector.js';

// How long a connection may take, and an answer be waited for.
const CONNECT_TIMEOUT_MS = 5000;

/** Why nothing could be sent: there is no connection, or none that Redis takes commands from. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** A connection to Redis: the application's own client, or one made from an address. */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #own: Redis | undefined;
  readonly #where: string;
  readonly #howToGivePassword: string;
  readonly #onReady: () => void;
  #lastError: Error | undefined;
  /** Connections that ended, or could not be made, since Redis last did what it was told. */
  #endings = 0;
  #reconnecting: NodeJS.Timeout | undefined;
  /** Whether Redis takes commands from this connection; undefined before it was asked. */
  #admission: Promise<void> | undefined;

  /** @param onReady called whenever the connection is there, also again */
  constructor(redis: RedisAddress | RedisClient, onReady: () => void) {
    this.#onReady = onReady;
    if ('display' in redis) {
      this.#own = newClient(redis.options);
      this.#own.on('end', this.#reconnectLater);
      this.#client = this.#own;
      this.#where = redis.display;
      // A URL with a user has a host too.
      this.#howToGivePassword = redis.display.replace(/:\/\/(\/)?/, (_all, root: string | undefined) =>
        root === undefined ? '://user:password@' : '://user:password@localhost/',
      );
    } else {
      this.#client = redis;
      this.#where = 'the Redis of the client given';
      this.#howToGivePassword = 'give them to the client';
    }
    this.#client.on('error', this.#noteError);
    this.#client.on('ready', this.#noteReady);
  }

  /**
   * Waits for the connection while it is being made, and for Redis to take commands from it.
   * @throws NotConnectedError when it cannot be made now, or Redis wants a password; Redis's error when it refuses otherwise
   */
  async ready(): Promise<void> {
    await this.#connected();
    await (this.#admission ??= this.#askAdmission());
  }

  async #connected(): Promise<void> {
    if (this.#client.status === 'ready') return;
    if (this.#client.status === 'wait') {
      this.#client.connect().catch(this.#noteError);
    } else if (this.#client.status !== 'connecting' && this.#client.status !== 'connect') {
      throw this.#notConnected();
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#client.off('ready', settle);
        this.#client.off('close', settle);
        if (this.#client.status === 'ready') resolve();
        else reject(this.#notConnected());
      };
      const timer = setTimeout(settle, CONNECT_TIMEOUT_MS).unref();
      this.#client.on('ready', settle);
      this.#client.on('close', settle);
    });
  }

  /**
   * A Redis that wants a password answers a small command with NOAUTH, but cuts off whoever sends it a batch, which would
   * leave in doubt what is surely refused. TIME is among a writer's least privileges.
   */
  async #askAdmission(): Promise<void> {
    try {
      await this.#client.call('TIME', []);
    } catch (error) {
      this.#admission = undefined;
      const isRefused = isError(error) && error.name === 'ReplyError' && !error.message.startsWith('NOAUTH');
      throw isRefused ? error : this.#notConnected(error);
    }
  }

  /** Sends a command; never queued for later, so that nothing piles up while Redis is away. */
  async send(command: string, args: readonly string[]): Promise<unknown> {
    await this.ready();
    try {
      const reply = await this.#client.call(command, [...args]);
      this.#endings = 0;
      return reply;
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError' && !error.message.startsWith('READONLY')) {
        this.#endings = 0;
      }
      throw error;
    }
  }

  /** Drops a connection that gives no answer, or leads to a replica; a client that was given is its owner's to mend. */
  reconnect(): void {
    this.#own?.disconnect(true);
  }

  /** Closes a connection of its own, and leaves a client that was given alone. */
  close(): void {
    this.#client.off('error', this.#noteError);
    this.#client.off('ready', this.#noteReady);
    // A client without a listener prints its errors.
    this.#own?.on('error', this.#noteError);
    clearTimeout(this.#reconnecting);
    this.#own?.off('end', this.#reconnectLater);
    this.#own?.disconnect();
  }

  #notConnected(cause: unknown = this.#lastError): NotConnectedError {
    const reason = cause === undefined ? `the connection is in state "${this.#client.status}"` : messageOf(cause);
    // Also the answer to HELLO, with which some clients begin.
    const message = reason.startsWith('NOAUTH')
      ? `Redis wants a user and password: ${this.#howToGivePassword}`
      : `no connection to ${this.#where}: ${reason}`;
    return new NotConnectedError(message, { cause });
  }

  /**
   * A connection is no success by itself: what accepts it may hang up (a balancer without a server), or be a replica for
   * longer, and would be called again without a pause. Most cuts are short, though: the first try comes at once.
   */
  readonly #reconnectLater = (): void => {
    this.#endings += 1;
    const delayMs = this.#endings === 1 ? Math.random() * 50 : backoffMs(this.#endings - 1);
    // ioredis's own timer would keep the process running.
    this.#reconnecting = setTimeout(() => {
      this.#own?.connect().catch(this.#noteError);
    }, delayMs).unref();
  };

  readonly #noteError = (error: unknown): void => {
    if (isError(error) && error.message !== 'Connection is closed.') this.#lastError = error;
  };

  readonly #noteReady = (): void => {
    this.#lastError = undefined;
    this.#admission = undefined;
    this.#onReady();
  };
}

function newClient(address: ConnectionOptions): Redis {
  const client = new Redis({
    ...address,
    lazyConnect: true,
    // What is not sent now is sent by us, later, once: a queue of the client's own would send it again and again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // INFO and CLIENT SETINFO are more than a writer's least privileges.
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    Connector: UnreferencedConnector,
  });
  // Metrics alone do not keep a process running; flush() and close() do, while they last.
  client.on('connect', () => client.stream.unref());
  return client;
}
