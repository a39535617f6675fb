import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { ProcessGuard } from './process-guard.js';

/** What to run. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. Passwords go here, where a process listing does not show them. */
  readonly env: Readonly<Record<string, string>>;
}

/** A program of the stack, in a process group of its own, so that Ctrl-C reaches the launcher only. */
export interface LocalProcess {
  readonly pid: number | undefined;
  /** Resolves with how it ended, e.g. `ended with exit code 1`. */
  readonly ended: Promise<string>;
  /** The last lines of its log. */
  lastLines(count: number): string[];
  /** Asks it to end and waits; after `graceMs` it is killed. */
  stop(graceMs: number): Promise<void>;
}

/** Starts a program; its output goes to `logFile`. A program that cannot be started has `ended`. */
export function startLocalProcess(
  command: Command,
  folder: string,
  logFile: string,
  guard: ProcessGuard,
): LocalProcess {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command.file, command.args, {
    cwd: folder,
    env: command.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = child;
  if (pid !== undefined) guard.watch(pid);

  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      hasEnded = true;
      if (pid !== undefined) guard.release(pid);
      resolve(how);
    };
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      end(signal === null ? `ended with exit code ${code ?? 0}` : `ended by ${signal}`),
    );
  });
  const signal = (name: NodeJS.Signals): void => {
    if (hasEnded || pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch (error) {
      // ESRCH: it ended in this moment, which is what was asked for.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };

  return {
    pid,
    ended,
    lastLines: (count) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count),
    async stop(graceMs) {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
