import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/cli/program.js';

/** What a command printed and how it ended. */
export type CommandRun = { readonly code: number; readonly out: string; readonly err: string };

/** A folder that commands are run in. */
export type CommandFolder = {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
  run(...argv: string[]): Promise<CommandRun>;
  remove(): Promise<void>;
};

/** Makes an empty folder to run commands in, within this process; `variables` is their environment. */
export async function makeCommandFolder(variables: Record<string, string> = {}): Promise<CommandFolder> {
  const path = await mkdtemp(join(tmpdir(), 'redmeter-test-'));
  return {
    path,
    write: (name, text) => writeFile(join(path, name), text),
    remove: () => rm(path, { recursive: true }),
    async run(...argv) {
      let out = '';
      let err = '';
      const code = await runProgram(argv, '1.2.3', {
        workingFolder: path,
        variables: { PATH: process.env['PATH'], ...variables },
        writeOut: (text) => (out += text),
        writeError: (text) => (err += text),
        isErrorTerminal: false,
        signal: new AbortController().signal,
      });
      return { code, out, err };
    },
  };
}
