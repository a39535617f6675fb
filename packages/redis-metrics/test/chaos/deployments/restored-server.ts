import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { OneServer } from './deployment.js';

const RDB_FILE = 'dump.rdb';
const KEPT_FILE = 'kept.rdb';

/** One server, of whose data earlier states can be kept and brought back: as files, or on another server. */
export class RestoredServer implements OneServer {
  readonly #server: RedisServer;
  readonly admin: Redis;
  readonly #copy: RedisServer;
  readonly #copyAdmin: Redis;

  private constructor(server: RedisServer, admin: Redis, copy: RedisServer, copyAdmin: Redis) {
    this.#server = server;
    this.admin = admin;
    this.#copy = copy;
    this.#copyAdmin = copyAdmin;
  }

  static async start(): Promise<RestoredServer> {
    const args = ['--repl-diskless-sync-delay', '0'];
    const [server, copy] = [await startRedisServer({ args }), await startRedisServer({ args })];
    return new RestoredServer(server, await server.connect(), copy, await copy.connect());
  }

  get port(): number {
    return this.#server.port;
  }

  async masters(): Promise<readonly Redis[]> {
    return [await this.#server.connect()];
  }

  /** Keeps the data as they are now, in a file. */
  async takeSnapshot(): Promise<void> {
    await this.admin.save();
    copyFileSync(this.#path(RDB_FILE), this.#path(KEPT_FILE));
  }

  /** Kills the server, and starts it on the data that were kept in a file. */
  async restoreSnapshot(): Promise<void> {
    await this.#server.crash();
    copyFileSync(this.#path(KEPT_FILE), this.#path(RDB_FILE));
    await this.#server.restart();
    await waitFor(async () => (await this.admin.ping().catch(() => '')) === 'PONG', 'the server answers');
  }

  /** Keeps the data as they are now, on another server. */
  async takeCopy(): Promise<void> {
    await follow(this.#copyAdmin, this.#server);
    await this.#copyAdmin.replicaof('NO', 'ONE');
  }

  /** Makes the server a replica of the other one, with what that has, and promotes it again; connections of clients stay. */
  async becomeCopy(): Promise<void> {
    await follow(this.admin, this.#copy);
    await this.admin.replicaof('NO', 'ONE');
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.#copy.stop();
  }

  #path(file: string): string {
    return join(this.#server.dir, file);
  }
}

async function follow(follower: Redis, master: RedisServer): Promise<void> {
  await follower.replicaof('127.0.0.1', master.port);
  await waitFor(
    async () => (await follower.info('replication').catch(() => '')).includes('master_link_status:up'),
    'the replica follows',
  );
}
