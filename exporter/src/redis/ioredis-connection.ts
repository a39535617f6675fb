import { ExporterError } from '../exporter-error.js';
import type { Redis } from 'ioredis';
import { connectionTrouble } from './connection-trouble.js';
import { RedisReplyError, type RedisConnection } from './redis-connection.js';
import type { RedisTraffic } from './redis-traffic.js';

/** A connection through an ioredis client, which reconnects by itself. */
export class IoredisConnection implements RedisConnection, RedisTraffic {
  commands = 0;
  roundTrips = 0;
  readonly #client: Redis;
  #epoch = 0;
  #trouble = 'not connected yet';
  /** Why the connection was given up, until there is another. */
  #cutFor: string | undefined;
  #underWay = 0;
  #heardAtMs = 0;

  constructor(client: Redis) {
    this.#client = client;
    client.on('ready', () => {
      this.#epoch += 1;
      this.#trouble = 'the connection was lost';
      this.#cutFor = undefined;
    });
    client.on('error', (error: Error) => {
      this.#trouble = connectionTrouble(error);
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  async send(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.callBuffer(command, ...args));
  }

  async sendForText(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#ask(() => this.#client.call(command, ...args));
  }

  quietMs(): number | undefined {
    return this.#underWay === 0 ? undefined : performance.now() - this.#heardAtMs;
  }

  cut(why: string): void {
    if (!this.isReady) return;
    this.#cutFor = why;
    this.#client.disconnect(true);
    this.#trouble = why;
  }

  async #ask(command: () => Promise<unknown>): Promise<unknown> {
    if (!this.isReady) throw new ExporterError('redis_unavailable', this.#trouble);
    this.commands += 1;
    if (this.#underWay === 0) {
      this.#heardAtMs = performance.now();
      this.roundTrips += 1;
    }
    this.#underWay += 1;
    try {
      return await command();
    } catch (error) {
      // The class is exported as `any`; its name is part of the API.
      if (error instanceof Error && error.name === 'ReplyError') {
        throw new RedisReplyError(error.message, { cause: error });
      }
      throw this.#cutFor === undefined ? error : new ExporterError('redis_unavailable', this.#cutFor, { cause: error });
    } finally {
      this.#underWay -= 1;
      this.#heardAtMs = performance.now();
    }
  }
}
