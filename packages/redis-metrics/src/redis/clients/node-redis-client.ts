import { isError, messageOf } from '../../errors/error-text.js';
import { ReplyError } from './reply-error.js';
import type { RedisClient, RedisClientEvent } from '../redis-client.js';

/**
 * The part of a node-redis client that the library uses (`redis` 5 or 6): `createClient`, `createClientPool`, `createCluster` and
 * `createSentinel`.
 */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  sendCommand(...args: never[]): Promise<unknown>;
  on(event: string, listener: (error: Error) => void): unknown;
  off(event: string, listener: (error: Error) => void): unknown;
}

type SendCommand = (...args: unknown[]) => Promise<unknown>;

/** Replies as Redis sends them, whatever types the application maps them to. */
const OPTIONS = { typeMapping: {} };

/** Whether a value is a client of node-redis. */
export function isNodeRedisClient(value: object): value is NodeRedisClient {
  const { connect, isOpen, off, on, sendCommand } = value as Partial<Record<keyof NodeRedisClient, unknown>>;
  return [connect, off, on, sendCommand].every((part) => typeof part === 'function') && typeof isOpen === 'boolean';
}

/**
 * A client of node-redis behind the interface that the library uses. The application connects it. What node-redis queues while it
 * reconnects, or sends twice, counts once: batches are numbered, and the next one waits for the answer to this one.
 */
export class NodeRedisAdapter implements RedisClient {
  readonly #client: NodeRedisClient & { readonly isReady?: boolean };
  readonly #send: (command: string, args: (string | number)[]) => Promise<unknown>;
  readonly isCluster: boolean;
  readonly options: RedisClient['options'];
  /** Whether the client was open once. */
  #wasOpen = false;

  constructor(client: NodeRedisClient) {
    this.#client = client;
    this.isCluster = 'masters' in client;
    // A cluster sends INFO to each node, and has no one answer.
    this.options = { enableReadyCheck: !this.isCluster };
    const sendCommand = client.sendCommand.bind(client) as SendCommand;
    if (this.isCluster) {
      this.#send = (command, args) => sendCommand(firstKey(command, args), false, [command, ...args], OPTIONS);
    } else if ('setTracer' in client) {
      // A client of Sentinels: false for the master.
      this.#send = (command, args) => sendCommand(false, [command, ...args], OPTIONS);
    } else {
      this.#send = (command, args) => sendCommand([command, ...args], OPTIONS);
    }
  }

  /** In the words of ioredis. */
  get status(): string {
    const { isOpen, isReady = isOpen } = this.#client;
    if (isOpen) this.#wasOpen = true;
    if (isReady) return 'ready';
    if (isOpen) return 'connecting';
    return this.#wasOpen ? 'end' : 'wait';
  }

  /** Connecting it here would make the application's own `connect()` fail. */
  connect(): Promise<unknown> {
    return Promise.reject(new Error('expected a connected client: call its connect()'));
  }

  async call(command: string, args: (string | number)[]): Promise<unknown> {
    try {
      return await this.#send(command, args.map(String));
    } catch (error) {
      throw isReply(error) ? new ReplyError(error.message, { cause: error }) : error;
    }
  }

  on(event: RedisClientEvent, listener: (error: Error) => void): void {
    for (const name of this.#eventsLike(event)) this.#client.on(name, listener);
  }

  off(event: RedisClientEvent, listener: (error: Error) => void): void {
    for (const name of this.#eventsLike(event)) this.#client.off(name, listener);
  }

  #eventsLike(event: RedisClientEvent): readonly string[] {
    if (event === 'ready' && this.isCluster) return ['connect', 'node-ready'];
    if (event === 'error' && this.isCluster) return ['error', 'node-error'];
    if (event === 'close') return ['reconnecting'];
    return [event];
  }
}

/** Decides which node of a cluster a command goes to; undefined for any. */
function firstKey(command: string, args: readonly (string | number)[]): string | undefined {
  const position = { EVAL: 2, EVALSHA: 2, ZSCAN: 0 }[command];
  return position === undefined ? undefined : String(args[position]);
}

/** Error replies start with a code in capitals; the errors of the client are sentences, and those of the system have a `code`. */
function isReply(error: unknown): error is Error {
  return isError(error) && !('code' in error) && /^[A-Z][A-Z0-9_]+ /.test(messageOf(error));
}
