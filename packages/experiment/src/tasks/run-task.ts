import { spawn } from 'node:child_process';
import { ExperimentError } from '../experiment-error.js';
import type { TaskContext } from './task-context.js';

const GRACE_MS = 2000;

/**
 * Runs a bash script in the folder of the experiment, with `TEMP_DIR` in its environment.
 *
 * @throws ExperimentError `task_failed` when it cannot start or ends with another status than 0.
 */
export async function runScript(script: string, context: TaskContext): Promise<void> {
  const child = spawn('bash', ['-c', script], {
    cwd: context.runFolder,
    env: { ...context.environment, TEMP_DIR: context.temporaryFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the script started ends with it.
    detached: true,
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // It ended between the look and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  let killTimer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    signalGroup('SIGTERM');
    killTimer = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
  };
  child.stdout.on('data', (chunk: Buffer) => context.printOutput(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => context.printOutput(chunk.toString()));
  if (context.signal.aborted) abort();
  context.signal.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new ExperimentError('task_failed', `expected bash to start, got ${cause.message}`, { cause })),
      );
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else
          reject(
            new ExperimentError(
              'task_failed',
              `expected the script to exit with 0, got ${code ?? signal ?? 'nothing'}`,
            ),
          );
      });
    });
  } finally {
    clearTimeout(killTimer);
    context.signal.removeEventListener('abort', abort);
  }
}
