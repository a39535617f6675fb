import { spawn } from 'node:child_process';
import { releaseServer, watchServer } from './server-guard.js';

/** A server program that ends with this process at the latest. */
export interface ProgramProcess {
  /** Why it has ended, with its last words; undefined while it runs. */
  readonly failure: string | undefined;
  /** Its last words so far. */
  readonly output: string;
  /** Ends it at once and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a server program.
 * @param folder A folder that goes with it when this process is killed.
 * @param fix How to install the program.
 * @throws Error when it cannot be started
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  { folder, fix }: { readonly folder: string; readonly fix: string },
): Promise<ProgramProcess> {
  const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  let output = '';
  let failure: string | undefined;
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${program} could not be started (${error.message}); ${fix}`)));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} has no process id`);
  watchServer(pid, folder);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => releaseServer(pid));
    child.once('close', (code, signal) => {
      failure = `${program} ended (${signal ?? code ?? 'unknown'}): ${output}`;
      resolve();
    });
  });
  return {
    get failure() {
      return failure;
    },
    get output() {
      return output;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
