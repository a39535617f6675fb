import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkout, installPythonPackages } from '@redmeter/stack';
import { interpreter } from './interpreter.js';

export const clients = join(__dirname, '..');

/** The program python of a virtual environment with the newest redis-py and prometheus_client. */
export async function newestPython(): Promise<string> {
  const programs = await installPythonPackages(checkout, join(__dirname, 'requirements.txt'), process.env);
  return join(programs, 'python');
}

/** What a program printed. */
export interface Printed {
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. @throws Error when it ends with another code than 0 */
export async function runProgram(command: readonly string[], input = ''): Promise<Printed> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${String(child.exitCode)}:\n${err}`);
  return { out, err };
}

/** A program of the PHP package. */
export function php(file: string, ...args: readonly string[]): string[] {
  return [interpreter('php-redis'), '-d', 'display_errors=stderr', join(clients, 'php', file), ...args];
}
