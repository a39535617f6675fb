import { spawn } from 'node:child_process';
import { releaseServer, watchServer } from './server-guard.js';

/** The program that serves; another one, such as valkey-server, for a run of the tests against it. */
const PROGRAM = process.env['REDMETER_TEST_REDIS_SERVER'] ?? 'redis-server';

/** A redis-server, Sentinels included. */
export interface ServerProcess {
  /** The process id. */
  readonly pid: number;
  /** Why the server is not there, with its last words; undefined while it runs. */
  readonly failure: string | undefined;
  /** Whether it has logged that it accepts connections: before, another server may answer on its port. Sentinels do not log it. */
  readonly isReady: boolean;
  /** Fulfilled when the process has ended. */
  readonly exited: Promise<void>;
  /** Ends it at once, as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** What a server process is started with. */
export interface ServerProcessOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** A program, with arguments, that starts redis-server in its own place. */
  readonly launcher?: readonly string[] | undefined;
  /** A folder that goes with the process when this one is killed. */
  readonly folder?: string | undefined;
}

/**
 * Starts redis-server, which ends with this process at the latest.
 * @throws Error when it is not installed
 */
export async function startServerProcess({
  args,
  env,
  folder,
  launcher = [],
}: ServerProcessOptions): Promise<ServerProcess> {
  const [program = PROGRAM, ...programArgs] = [...launcher, PROGRAM, ...args];
  const child = spawn(program, programArgs, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  let isReady = false;
  let failure: string | undefined;
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
    isReady ||= output.includes('Ready to accept connections');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(new Error(`${PROGRAM} could not be started (${error.message}); install it: apt-get install redis-server`));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${PROGRAM} has no process id`);
  watchServer(pid, folder);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => releaseServer(pid));
    child.once('close', (code, signal) => {
      failure = `${PROGRAM} ended (${signal ?? code ?? 'unknown'}): ${output}`;
      resolve();
    });
  });
  return {
    pid,
    exited,
    get isReady() {
      return isReady;
    },
    get failure() {
      return failure;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
