import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const packageFolder = resolve(__dirname, '../..');
const program = join(packageFolder, 'bin/redmeter.mjs');

/** Starts the command as a process of its own, as it was built, with both outputs to read; or its output going to an open file. */
export function startCommand(argv: readonly string[], output: 'pipe' | number = 'pipe'): ChildProcess {
  return spawn(process.execPath, [program, ...argv], { cwd: packageFolder, stdio: ['ignore', output, 'pipe'] });
}

/** Runs the command as a process of its own and waits for its end. */
export async function runCommandProcess(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = startCommand(argv);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
