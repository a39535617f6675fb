import { rmSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { newTestClient, waitForPong, waitUntil } from './test-client.js';
import { newFolder } from './new-folder.js';

/** A redis-server of one test file's own. */
export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** The server's working directory: AOF and RDB lie there. */
  readonly dir: string;
  /** The id of the server's process now, for tests that kill or stop it. */
  readonly pid: number;
  /** A connected client; `stop` closes it. */
  connect(): Promise<Redis>;
  /** Ends the server at once, as `kill -9` does, and leaves its directory and clients. */
  crash(): Promise<void>;
  /** Starts a server that crashed again: same port, same directory, same arguments. */
  restart(): Promise<void>;
  /** Ends the server and its clients and removes its directory. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** A port to use again, for a restart; default a free one. */
  readonly port?: number;
  /** A directory to use again, for a restart; it is then kept by `stop`. */
  readonly dir?: string;
  /** More of redis-server's own arguments, e.g. `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
  /** Variables of the environment besides this process's own, e.g. `{ LC_ALL: 'de_DE.UTF-8' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program, with arguments, that starts redis-server in its own place. */
  readonly launcher?: readonly string[];
  /** Milliseconds to wait for the first PONG; default 30,000. */
  readonly startTimeoutMs?: number;
}

/** How often another free port is tried, where another program took the one that was free a moment ago. */
const MAX_PORTS = 5;

/**
 * Starts redis-server on loopback, without persistence unless `args` ask for it, and waits for its first PONG.
 * @throws Error when redis-server is not installed, or ends or stays silent before it answers.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  if (options.port !== undefined) return startAt(options.port, options);
  for (let tried = 1; ; tried += 1) {
    try {
      return await startAt(await freePort(), options);
    } catch (error) {
      if (tried === MAX_PORTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startAt(port: number, options: RedisServerOptions): Promise<RedisServer> {
  const ownDir = options.dir === undefined ? newFolder() : undefined;
  const dir = options.dir ?? ownDir ?? '';
  const removeDir = (): void => {
    if (ownDir !== undefined) rmSync(ownDir, { recursive: true, force: true });
  };
  const start = async (): Promise<ServerProcess> => {
    const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'];
    const args = [...common, ...(options.args ?? [])];
    const process = await startServerProcess({
      args,
      env: options.env,
      folder: ownDir,
      launcher: options.launcher,
    });
    try {
      await waitForPong(process, port, options.startTimeoutMs ?? 30_000);
      // Another server may have taken the port first, and have answered.
      await waitUntil('redis-server takes connections', () =>
        Promise.resolve(process.isReady || process.failure !== undefined),
      );
      if (process.failure !== undefined) throw new Error(process.failure);
    } catch (error) {
      await process.kill();
      throw error;
    }
    return process;
  };
  let server: ServerProcess;
  try {
    server = await start();
  } catch (error) {
    removeDir();
    throw error;
  }

  const clients: Redis[] = [];
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    get pid() {
      return server.pid;
    },
    async connect() {
      // A server may be started without INFO.
      const client = newTestClient(port, true, options.args?.includes('INFO') !== true);
      clients.push(client);
      await client.connect();
      return client;
    },
    crash: () => server.kill(),
    async restart() {
      server = await start();
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await server.kill();
      removeDir();
    },
  };
}
