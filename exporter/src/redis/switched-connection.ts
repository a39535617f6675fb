import { ExporterError } from '../exporter-error.js';
import type { RedisConnection } from './redis-connection.js';

/** A connection to the node that serves some slots now. Another node counts as another connection. */
export class SwitchedConnection implements RedisConnection {
  #current: RedisConnection | undefined;
  #epochBefore = 0;

  /** Switches to another connection; undefined when no node serves the slots. */
  switchTo(connection: RedisConnection | undefined): void {
    if (connection === this.#current) return;
    this.#epochBefore = this.epoch + 1;
    this.#current = connection;
  }

  get epoch(): number {
    return this.#epochBefore + (this.#current?.epoch ?? 0);
  }

  get isReady(): boolean {
    return this.#current?.isReady ?? false;
  }

  async send(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#serving().send(command, ...args);
  }

  async sendForText(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#serving().sendForText(command, ...args);
  }

  quietMs(): number | undefined {
    return this.#current?.quietMs();
  }

  cut(why: string): void {
    this.#current?.cut(why);
  }

  #serving(): RedisConnection {
    if (this.#current !== undefined) return this.#current;
    throw new ExporterError('redis_unavailable', 'no node serves its slots');
  }
}
