import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { startRedisServer, type RedisServer, waitFor, newFolder } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { LagPipe } from './lag-pipe.js';

const AOF_FILE = join('appendonlydir', 'appendonly.aof.1.incr.aof');
const RDB_FILE = 'dump.rdb';
const KEPT_FILE = 'kept.rdb';
// What makes a server answer BUSY and LOADING within milliseconds, and load for long enough to be asked meanwhile.
const EASY_TO_DISTURB = [
  ...['--enable-debug-command', 'yes', '--busy-reply-threshold', '5'],
  ...['--key-load-delay', '500', '--loading-process-events-interval-bytes', '1024'],
];

// A file that may not grow is an error to the server, as a full disk is, rather than its end.
const IGNORING_LIMITS = ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh'];

/** A Redis that faults are done to. */
export interface Deployment {
  /** Where the data are now. */
  readonly port: number;
  connect(): Promise<Redis>;
  stop(): Promise<void>;
}

/** One server, without persistence. */
export class SingleServer implements Deployment {
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

  connect(): Promise<Redis> {
    return this.#server.connect();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** One server with an append-only file, which can be killed, and started again on what is left. */
export class PersistentServer implements Deployment {
  readonly #dir: string;
  readonly #args: readonly string[];
  #server: RedisServer;

  private constructor(server: RedisServer, dir: string, args: readonly string[]) {
    this.#server = server;
    this.#dir = dir;
    this.#args = args;
  }

  static async start(appendfsync: 'always' | 'everysec'): Promise<PersistentServer> {
    const dir = newFolder();
    const args = ['--appendonly', 'yes', '--appendfsync', appendfsync, '--auto-aof-rewrite-percentage', '0'];
    return new PersistentServer(await startRedisServer({ dir, args, launcher: IGNORING_LIMITS }), dir, args);
  }

  get port(): number {
    return this.#server.port;
  }

  connect(): Promise<Redis> {
    return this.#server.connect();
  }

  /** Bytes in the append-only file. */
  get writtenBytes(): number {
    return statSync(join(this.#dir, AOF_FILE)).size;
  }

  /** Lets no file of the server grow beyond a size; undefined for no limit. */
  limitFile(bytes: number | undefined): void {
    const limit = `--fsize=${bytes === undefined ? 'unlimited' : `${bytes}:unlimited`}`;
    const { error, status, stderr } = spawnSync('prlimit', ['--pid', String(this.#server.pid), limit], {
      encoding: 'utf8',
    });
    if (error !== undefined) throw new Error(`prlimit: ${error.message}; install it: apt-get install util-linux`);
    if (status !== 0) throw new Error(`prlimit ended with ${status ?? 'no status'}: ${stderr}`);
  }

  /** Ends the server with SIGKILL. */
  kill(): Promise<void> {
    return this.#server.stop();
  }

  /**
   * Keeps the beginning of the append-only file only, without half a batch at its end; the server must be down. Redis
   * 7.0 itself leaves `MULTI` and the commands after it in the file, takes them for the beginning of the next
   * transaction, and at its next start applies half a batch (mended in valkey-io/valkey#4342).
   */
  cutFile(bytes: number): void {
    truncateSync(join(this.#dir, AOF_FILE), bytes);
    const manifest = join(this.#dir, 'appendonlydir', 'appendonly.aof.manifest');
    const { status, stdout } = spawnSync('redis-check-aof', ['--fix', manifest], { input: 'y\n', encoding: 'utf8' });
    if (status !== 0) throw new Error(`redis-check-aof ended with ${status ?? 'no status'}: ${stdout}`);
  }

  async restart(): Promise<void> {
    this.#server = await startRedisServer({
      port: this.#server.port,
      dir: this.#dir,
      args: this.#args,
      launcher: IGNORING_LIMITS,
    });
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** One server, of whose data earlier states can be kept and brought back: as files, or on another server. */
export class RestoredServer implements Deployment {
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

  connect(): Promise<Redis> {
    return this.#server.connect();
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

/** A master and a replica behind a pipe that can lag. */
export class ReplicatedServer implements Deployment {
  #master: RedisServer;
  #admin: Redis;
  #replica: RedisServer;
  #pipe: LagPipe;

  private constructor(master: RedisServer, admin: Redis, replica: RedisServer, pipe: LagPipe) {
    this.#master = master;
    this.#admin = admin;
    this.#replica = replica;
    this.#pipe = pipe;
  }

  static async start(): Promise<ReplicatedServer> {
    const master = await startRedisServer({ args: ['--repl-diskless-sync-delay', '0'] });
    return new ReplicatedServer(master, await master.connect(), ...(await startReplica(master)));
  }

  get port(): number {
    return this.#master.port;
  }

  connect(): Promise<Redis> {
    return this.#master.connect();
  }

  /** From now on, what the master acknowledges does not reach the replica, which has all that came before. */
  async lag(): Promise<void> {
    // WAIT waits for what was written before this connection's last command.
    await this.#admin.ping();
    const followers = await this.#admin.wait(1, 60_000);
    if (followers < 1) throw new Error('expected the replica to have all that the master has within 60 s');
    this.#pipe.holdBack();
  }

  /** Kills the master and promotes the replica, which has a new replica when it is done. */
  async failOver(): Promise<void> {
    await this.#master.stop();
    await this.#pipe.stop();
    this.#master = this.#replica;
    this.#admin = await this.#master.connect();
    await this.#admin.replicaof('NO', 'ONE');
    [this.#replica, this.#pipe] = await startReplica(this.#master);
  }

  async stop(): Promise<void> {
    await this.#replica.stop();
    await this.#pipe.stop();
    await this.#master.stop();
  }
}

async function startReplica(master: RedisServer): Promise<[RedisServer, LagPipe]> {
  const pipe = await LagPipe.start(master.port);
  const replica = await startRedisServer({
    args: ['--repl-diskless-sync-delay', '0', '--replicaof', '127.0.0.1', String(pipe.port)],
  });
  const client = await replica.connect();
  await waitFor(
    async () => (await client.info('replication').catch(() => '')).includes('master_link_status:up'),
    'the replica follows',
  );
  return [replica, pipe];
}
