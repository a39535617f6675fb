import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { ExperimentError } from '../experiment-error.js';
import type { TaskContext } from './task-context.js';

const GRACE_MS = 2000;
// What a script printed last may come after its end; what it left in the background may never close its output.
const DRAIN_MS = 200;

/**
 * Runs a bash script in the folder of the experiment, with `TEMP_DIR` in its environment. What it leaves in the background goes on
 * beside the tasks that follow, and ends with them when the run is interrupted.
 *
 * @throws ExperimentError `task_failed` when it cannot start or ends with another status than 0.
 */
export async function runScript(script: string, context: TaskContext): Promise<void> {
  const child = spawn('bash', ['-c', script], {
    cwd: context.runFolder,
    env: { ...context.environment, TEMP_DIR: context.temporaryFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that processes started by the script end with it.
    detached: true,
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // All of it has ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  let killTimer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    signalGroup('SIGTERM');
    killTimer = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
  };
  if (context.signal.aborted) abort();
  context.signal.addEventListener('abort', abort);
  const outputs = [child.stdout, child.stderr];
  for (const output of outputs) output.setEncoding('utf8').on('data', context.printOutput);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      clearTimeout(killTimer);
      context.signal.removeEventListener('abort', abort);
      resolve();
    });
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new ExperimentError('task_failed', `expected bash to start, got ${cause.message}`, { cause })),
    );
    child.once('exit', (...end) => resolve(end));
  });
  let drainTimer: NodeJS.Timeout | undefined;
  await Promise.race([closed, new Promise((resolve) => (drainTimer = setTimeout(resolve, DRAIN_MS)))]);
  clearTimeout(drainTimer);
  // The end of this process does not wait for what is left behind.
  for (const output of outputs) if (output instanceof Socket) output.unref();
  if (code === 0) return;
  throw new ExperimentError('task_failed', `expected the script to exit with 0, got ${code ?? signal ?? 'nothing'}`);
}
