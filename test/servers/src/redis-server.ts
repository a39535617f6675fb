import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

/** A redis-server of one test file's own. */
export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** The server's working directory: AOF and RDB lie there. */
  readonly dir: string;
  /** The server's process id, for tests that kill or stop it. */
  readonly pid: number;
  /** A connected client; `stop` closes it. */
  connect(): Promise<Redis>;
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
  /** Milliseconds to wait for the first PONG; default 10,000. */
  readonly startTimeoutMs?: number;
}

const running = new Set<{ kill(): void; removeDir(): void }>();
// A run that is cut off must leave neither servers nor their files behind.
process.once('exit', () => {
  for (const server of running) {
    server.kill();
    server.removeDir();
  }
});

/**
 * Starts redis-server on loopback, without persistence unless `args` ask for it, and waits for its first PONG.
 * @throws Error when redis-server is not installed, or ends or stays silent before it answers.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'redmeter-redis-'));
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'no',
      ...(options.args ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
  );
  let output = '';
  let failure: string | undefined;
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.once('error', (error) => {
    failure = `redis-server could not be started (${error.message}); install it: apt-get install redis-server`;
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      failure ??= `redis-server ended (${signal ?? code ?? 'unknown'}): ${output}`;
      resolve();
    });
  });
  const removeDir = (): void => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  const handle = { kill: () => void child.kill('SIGKILL'), removeDir };
  running.add(handle);

  const clients: Redis[] = [];
  const newClient = (): Redis => {
    const client = new Redis(port, '127.0.0.1', {
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 50,
    });
    // Tests cut connections on purpose; what matters reaches them through the command that fails.
    client.on('error', keepError);
    clients.push(client);
    return client;
  };
  const keepError = (error: Error): void => {
    output = `${output}\n${error.message}`.slice(-4000);
  };

  const deadline = Date.now() + (options.startTimeoutMs ?? 10_000);
  while (failure === undefined) {
    const probe = new Redis(port, '127.0.0.1', {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    probe.on('error', keepError);
    const answer = await probe
      .connect()
      .then(() => probe.ping())
      .catch((error: unknown) => String(error));
    // Disconnecting a client that has ended keeps a timer of two seconds, and Jest waiting for it.
    if (probe.status !== 'end') probe.disconnect();
    if (answer === 'PONG') break;
    if (Date.now() > deadline) failure = `redis-server did not answer on port ${port} in time: ${output}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (failure !== undefined || child.pid === undefined) {
    handle.kill();
    handle.removeDir();
    running.delete(handle);
    throw new Error(failure ?? 'redis-server has no process id');
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    pid: child.pid,
    async connect() {
      const client = newClient();
      await client.connect();
      return client;
    },
    async stop() {
      for (const client of clients) client.disconnect();
      handle.kill();
      await exited;
      running.delete(handle);
      removeDir();
    },
  };
}
