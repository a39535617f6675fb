import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const packageFolder = resolve(__dirname, '../..');
const FROM_SOURCES = ['--import', 'tsx', '--conditions', 'redmeter-source', join(packageFolder, 'src/cli/main.ts')];

/** Starts the command as a process of its own, from the sources, with both outputs to read; or its output going to an open file. */
export function startCommand(argv: readonly string[], output: 'pipe' | number = 'pipe'): ChildProcess {
  return spawn(process.execPath, [...FROM_SOURCES, ...argv], { cwd: packageFolder, stdio: ['ignore', output, 'pipe'] });
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
