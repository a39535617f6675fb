import { ExporterError } from '../exporter-error.js';
import type { Redis } from 'ioredis';
import { RedisReplyError, type RedisConnection } from './redis-connection.js';

/** A connection through an ioredis client, which reconnects by itself. */
export class IoredisConnection implements RedisConnection {
  /** Commands sent so far. */
  commands = 0;
  readonly #client: Redis;
  #epoch = 0;
  #trouble = 'not connected yet';

  constructor(client: Redis) {
    this.#client = client;
    client.on('ready', () => {
      this.#epoch += 1;
      this.#trouble = 'the connection was lost';
    });
    client.on('error', (error: Error & { code?: string }) => {
      // Errors of several addresses tried in a row have no message of their own.
      this.#trouble = error.message === '' ? (error.code ?? error.name) : error.message;
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  async send(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.callBuffer(command, ...args));
  }

  async sendForText(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.call(command, ...args));
  }

  async #ask(command: () => Promise<unknown>): Promise<unknown> {
    if (this.#client.status !== 'ready') throw new ExporterError('redis_unavailable', this.#trouble);
    this.commands += 1;
    try {
      return await command();
    } catch (error) {
      // The class is exported as `any`; its name is part of the API.
      if (error instanceof Error && error.name === 'ReplyError') {
        throw new RedisReplyError(error.message, { cause: error });
      }
      throw error;
    }
  }
}
