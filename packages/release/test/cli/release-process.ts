import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** How a command ended. */
export type CommandEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
};

/** A `redmeter release …` that runs. */
export type CommandProcess = {
  /** What it has printed so far, line by line. */
  lines(): readonly string[];
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CommandEnd>;
};

const running = new Set<ChildProcess>();
// A run that is cut off must leave none behind.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const program = join(__dirname, '../../../experiment/bin/redmeter.mjs');

/** Starts `redmeter release …` as a process of its own, as it was built. */
export function startRelease(
  folder: string,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): CommandProcess {
  const child = spawn(process.execPath, [program, 'release', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (error += chunk));
  return {
    lines: () => out.split('\n').slice(0, -1),
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal, out, error });
      });
    }),
  };
}

/** Runs `redmeter release …` to its end. */
export function release(
  folder: string,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandEnd> {
  return startRelease(folder, variables, ...args).ended;
}
