import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How a store process ended. */
export interface StoreExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All it logged, and all it said of its errors. */
  readonly stdout: string;
  readonly stderr: string;
}

/** The store as its users run it: a process of its own, as it was built. */
export interface StoreProcess {
  /** e.g. `http://127.0.0.1:5050` */
  readonly url: string;
  /** The lines logged so far. */
  logLines(): readonly LogLine[];
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<StoreExit>;
}

/** One line of the log. */
export interface LogLine {
  /** pino's: 30 info, 40 warn, 50 error */
  readonly level: number;
  readonly msg: string;
}

const running = new Set<() => void>();
// A run that is cut off must not leave stores behind.
process.once('exit', () => running.forEach((kill) => kill()));

/** Runs the store until it ends by itself. */
export async function runStore(environment: Readonly<Record<string, string>>): Promise<StoreExit> {
  return launch(environment).exited;
}

/**
 * Starts the store on a free port, without delays unless `environment` sets them, and waits until it is open.
 * @throws Error with its output, when it ends first
 */
export async function startStore(environment: Readonly<Record<string, string>>): Promise<StoreProcess> {
  const { exited, kill, output, onOutput } = launch({ PORT: '0', HANDLER_DELAY_MS: '0', ...environment });
  const url = await new Promise<string>((resolve, reject) => {
    onOutput(() => {
      const found = /"url":"(http:\/\/[^/"]+)/.exec(output())?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(({ code, stdout, stderr }) => reject(new Error(`the store ended (${code}): ${stdout}${stderr}`)));
  });
  return {
    url,
    exited,
    kill,
    // The last piece is empty, or a line that is still being written.
    logLines: () =>
      output()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LogLine),
  };
}

function launch(environment: Readonly<Record<string, string>>): {
  exited: Promise<StoreExit>;
  kill: (signal: NodeJS.Signals) => void;
  output: () => string;
  onOutput: (listener: () => void) => void;
} {
  const child = spawn(process.execPath, [join(__dirname, '../dist/main.js')], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  const killHard = (): void => kill('SIGKILL');
  running.add(killHard);
  const exited = new Promise<StoreExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(killHard);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { exited, kill, output: () => stdout, onOutput: (listener) => void child.stdout.on('data', listener) };
}
