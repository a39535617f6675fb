import { spawnSync } from 'node:child_process';
import { rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder, startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { OneServer } from './deployment.js';

const AOF_FILE = join('appendonlydir', 'appendonly.aof.1.incr.aof');
// A file that may not grow is an error to the server, as a full disk is, rather than its end.
const IGNORING_LIMITS = ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh'];

/** One server with an append-only file, which can be killed, and started again on what is left. */
export class PersistentServer implements OneServer {
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

  async masters(): Promise<readonly Redis[]> {
    return [await this.#server.connect()];
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
   * transaction, and at its next start applies half a batch (fixed in valkey-io/valkey#4342).
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
