import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { OneServer } from './deployment.js';

// What makes a server answer BUSY and LOADING within milliseconds, and load for long enough to be asked meanwhile.
const EASY_TO_DISTURB = [
  ...['--enable-debug-command', 'yes', '--busy-reply-threshold', '5'],
  ...['--key-load-delay', '500', '--loading-process-events-interval-bytes', '1024'],
];

/** One server, without persistence. */
export class SingleServer implements OneServer {
  readonly #server: RedisServer;
  /** Clients for what is done to the server: one may wait while the other asks. */
  readonly admin: Redis;
  readonly other: Redis;

  private constructor(server: RedisServer, admin: Redis, other: Redis) {
    this.#server = server;
    this.admin = admin;
    this.other = other;
  }

  static async start(): Promise<SingleServer> {
    const server = await startRedisServer({ args: EASY_TO_DISTURB });
    return new SingleServer(server, await server.connect(), await server.connect());
  }

  get port(): number {
    return this.#server.port;
  }

  async masters(): Promise<readonly Redis[]> {
    return [await this.#server.connect()];
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
