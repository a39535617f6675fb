import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The path of a program beside `importer`, compiled or not as that is. */
export function programPath(importer: string, name: string): string {
  return fileURLToPath(new URL(`${name}${extname(importer)}`, importer));
}

/**
 * Runs a program in a process of its own, where nothing that was measured before is left, and reads the JSON that it prints.
 */
export async function runProgram<T>(path: string, args: readonly string[]): Promise<T> {
  const node = [...process.execArgv, '--expose-gc', path, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, node, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as T;
}
