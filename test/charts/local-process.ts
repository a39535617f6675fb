import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** A program that runs. */
export interface LocalProcess {
  /** What it has written to standard error so far. */
  error(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<ProcessEnd>;
}

const running = new Set<ChildProcess>();
// A run that is cut off must leave none behind.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** The command line `redmeter`, as it was built. */
export const redmeterProgram = join(__dirname, '../../packages/experiment/bin/redmeter.mjs');

/** Starts a program. @param variables Its environment, beside PATH. */
export function startLocally(
  [program = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): LocalProcess {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (error += chunk));
  return {
    error: () => error,
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        running.delete(child);
        resolve({ code, out, error });
      });
    }),
  };
}

/** Runs `redmeter …` to its end. */
export function redmeter(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<ProcessEnd> {
  return startLocally([process.execPath, redmeterProgram, ...args], variables).ended;
}
