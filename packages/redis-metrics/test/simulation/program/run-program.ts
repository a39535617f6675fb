import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunTotals } from './worker-protocol.js';

/** How the program ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program of `npm run simulate` in plain Node, where it is much faster than in Jest. */
export async function simulate(...args: readonly string[]): Promise<Outcome> {
  const program = join(__dirname, 'main.ts');
  const options = ['--conditions=redmeter-source', '--import', 'tsx', program, ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, options)) };
  } catch (error) {
    return error as Outcome;
  }
}

/** Runs schedules in one process. @throws Error when the program reports one */
export async function totalsOf(...args: readonly string[]): Promise<RunTotals> {
  const { stderr, stdout } = await simulate('--processes', '1', '--json', ...args);
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as RunTotals;
}
