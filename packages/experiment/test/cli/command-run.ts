import { temporaryFolder } from '@redmeter/test-servers/jest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/cli/program.js';

/** What a command printed and how it ended. */
export type CommandRun = { readonly code: number; readonly out: string; readonly err: string };

/** A folder that commands are run in. */
export type CommandFolder = {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
  run(...argv: string[]): Promise<CommandRun>;
};

/** Makes an empty folder to run commands in, within this process; `variables` is their environment. The folder goes with the tests of the file. */
export function makeCommandFolder(variables: Record<string, string> = {}): CommandFolder {
  const path = temporaryFolder();
  return {
    path,
    write: (name, text) => writeFile(join(path, name), text),
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
