import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { WriterProcess } from '../protocol/writer-process.js';
import { WireProxy } from '../wire/wire-proxy.js';

/** How long a writer may take to exit when its input ends. */
const EXIT_GRACE_MS = 2000;

export interface StageOptions {
  /** The writer under test: a program and its arguments. */
  readonly command: readonly string[];
  /** The file of the merge script. */
  readonly scriptPath: string;
  /** How long a writer may take for one answer, and until all is written. */
  readonly timeoutMs: number;
  /** A Redis from `startKitServer` to use, which is emptied; default one for each run. */
  readonly server?: RedisServer;
}

/** Starts a Redis that has what it answered after a crash. With `everysec` it may hold back writes. */
export function startKitServer(): Promise<RedisServer> {
  return startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'no'] });
}

/** What cases run on, one after the other: a Redis, a proxy before it, and processes of the writer. */
export class Stage {
  readonly options: StageOptions;
  readonly redis: Redis;
  readonly proxy: WireProxy;
  /** The text of the merge script, and its SHA-1. */
  readonly script: string;
  readonly sha: string;
  readonly #server: RedisServer;
  #processes: WriterProcess[] = [];

  private constructor(options: StageOptions, server: RedisServer, redis: Redis, proxy: WireProxy) {
    this.options = options;
    this.#server = server;
    this.redis = redis;
    this.proxy = proxy;
    this.script = readFileSync(options.scriptPath, 'utf8');
    this.sha = createHash('sha1').update(this.script).digest('hex');
  }

  static async start(options: StageOptions): Promise<Stage> {
    const server = options.server ?? (await startKitServer());
    try {
      return new Stage(options, server, await server.connect(), await WireProxy.start(server.port));
    } catch (error) {
      if (options.server === undefined) await server.stop();
      throw error;
    }
  }

  /** The process number `index` of the writer, started if there is none that can be used. */
  process(index: number): WriterProcess {
    const known = this.#processes[index];
    if (known?.isUsable === true) return known;
    const started = new WriterProcess(this.options.command, this.options.timeoutMs);
    this.#processes[index] = started;
    return started;
  }

  /** Ends the process number `index`; the next case starts another. */
  async endProcess(index: number): Promise<void> {
    await this.#processes[index]?.stop(EXIT_GRACE_MS);
  }

  /** Kills the processes of the writer; the next case starts others. */
  async endAll(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
  }

  /** Empties Redis and takes back what cases configured. */
  async clear(): Promise<void> {
    this.proxy.reset();
    await this.redis.config('SET', 'maxmemory', '0');
    await this.redis.replicaof('NO', 'ONE');
    await this.redis.flushall();
  }

  /** Crashes Redis and starts it again, with the data it had or without. */
  async restartRedis(isEmptied: boolean): Promise<void> {
    await this.#server.crash();
    if (isEmptied) rmSync(join(this.#server.dir, 'appendonlydir'), { recursive: true });
    await this.#server.restart();
    await waitFor(() => this.redis.ping().then(Boolean, () => false), 'Redis answers after its restart');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop(EXIT_GRACE_MS)));
    await this.proxy.stop();
    // A shared server ends its clients itself.
    if (this.options.server === undefined) await this.#server.stop();
  }
}
