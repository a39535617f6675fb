import { spawn } from 'node:child_process';
import type { Environment } from './settings.js';

/** Output and exit code of a finished program. */
export interface FinishedCommand {
  /** Its exit code; 127 when it could not be started, 1 when a signal or the time limit ended it. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output and error, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Environment;
  /** Milliseconds after which it is killed; default: none. */
  readonly timeoutMs?: number;
  /** Ends it when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Keeps a terminal's Ctrl-C from it, for what must run to its end. */
  readonly ownGroup?: boolean;
}

/** Runs a program to its end. It never rejects: a program that is not there has code 127. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<FinishedCommand> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs,
      signal: options.signal,
      detached: options.ownGroup ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', (error) => resolve({ code: 127, stdout, output: `${output}${file}: ${error.message}` }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** The last lines of a program's output that are not empty, indented for a message. */
export function lastLinesOf(output: string, count: number): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-count)
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}
