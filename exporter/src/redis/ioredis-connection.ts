import { once } from 'node:events';
import { ExporterError } from '../exporter-error.js';
import { withTlsHint } from '@redmeter/redis-connector';
import type { Redis } from 'ioredis';
import { EncodedCommand, type Argument } from './encoded-command.js';
import { CLOSED_EARLY, connectionFailure, NOT_READY } from './connection-failure.js';
import type { ReadyCheck } from './ready-check.js';
import { RedisReplyError, type RedisConnection } from './redis-connection.js';
import type { RedisTraffic } from './redis-traffic.js';

/** A working server is ready within this time; until then the previous failure is reported. */
const SOON_READY_MS = 1_000;

/** A connection through an ioredis client, which reconnects by itself. */
export class IoredisConnection implements RedisConnection, RedisTraffic {
  commands = 0;
  roundTrips = 0;
  readonly #client: Redis;
  #epoch = 0;
  #failure = 'not connected yet';
  /** Whether there is no reason yet why the current connection is not ready. */
  #isUnexplained = true;
  /** Whether the server has sent no reply on this connection, not even to the ready check. */
  #isUnanswered = false;
  /** Since when there is a connection that is not ready. */
  #connectedAtMs: number | undefined;
  /** Why the connection was closed, until there is another. */
  #cutFor: string | undefined;
  #underWay = 0;
  #heardAtMs = 0;

  constructor(client: Redis, readyCheck: Pick<ReadyCheck, 'hasHungUp'> = { hasHungUp: false }) {
    this.#client = client;
    client.on('connecting', () => {
      this.#isUnexplained = true;
    });
    client.on('connect', () => {
      this.#connectedAtMs = performance.now();
    });
    client.on('close', () => {
      const isEarly = this.#connectedAtMs !== undefined || this.#isUnanswered;
      if (this.#isUnexplained && isEarly) this.#failure = CLOSED_EARLY;
      this.#connectedAtMs = undefined;
    });
    client.on('ready', () => {
      this.#epoch += 1;
      this.#isUnanswered = readyCheck.hasHungUp;
      this.#connectedAtMs = undefined;
      this.#failure = 'the connection was lost';
      this.#cutFor = undefined;
    });
    client.on('error', (error: Error) => {
      // Only the first error: when the server closes the socket after it, there is a second one.
      if (this.#isUnexplained) this.#failure = connectionFailure(error);
      this.#isUnexplained = false;
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  async send(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#ask(() => this.#client.sendCommand(new EncodedCommand(command, args, null)));
  }

  async sendForText(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#ask(() => this.#client.sendCommand(new EncodedCommand(command, args, 'utf8')));
  }

  /** Waits until the connection is ready, has failed, or the time is over. */
  async untilReady(timeoutMs: number): Promise<void> {
    if (this.isReady) return;
    await once(this.#client, 'ready', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
  }

  quietMs(): number | undefined {
    return this.#underWay === 0 ? undefined : performance.now() - this.#heardAtMs;
  }

  cut(why: string): void {
    if (!this.isReady) return;
    this.#cutFor = why;
    this.#client.disconnect(true);
    this.#failure = why;
  }

  /** Sends all commands of one turn together: a packet for each of hundreds of commands takes milliseconds. */
  #gather(): void {
    const { stream } = this.#client;
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #whyNotReady(): string {
    const isWaiting = this.#connectedAtMs !== undefined && performance.now() - this.#connectedAtMs > SOON_READY_MS;
    const why = isWaiting ? NOT_READY : this.#failure;
    const hasAnswered = this.#epoch > 0 && !this.#isUnanswered;
    return hasAnswered ? why : withTlsHint(why, this.#client.options.tls !== undefined);
  }

  async #ask(command: () => unknown): Promise<unknown> {
    if (!this.isReady) throw new ExporterError('redis_unavailable', this.#whyNotReady());
    this.commands += 1;
    if (this.#underWay === 0) {
      this.#heardAtMs = performance.now();
      this.roundTrips += 1;
    }
    this.#underWay += 1;
    this.#gather();
    try {
      const reply = await command();
      this.#isUnanswered = false;
      return reply;
    } catch (error) {
      // The class is exported as `any`; its name is part of the API.
      if (error instanceof Error && error.name === 'ReplyError') {
        this.#isUnanswered = false;
        throw new RedisReplyError(error.message, { cause: error });
      }
      throw this.#cutFor === undefined ? error : new ExporterError('redis_unavailable', this.#cutFor, { cause: error });
    } finally {
      this.#underWay -= 1;
      this.#heardAtMs = performance.now();
    }
  }
}
