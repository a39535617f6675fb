import { findProgram, type ProgramName } from '@redmeter/stack';

/** The path of an interpreter that has the module for Redis. @throws Error when there is none */
export function interpreter(name: Extract<ProgramName, 'python-redis' | 'php-redis'>): string {
  const found = findProgram(name, process.env['PATH'] ?? '');
  if (found === undefined)
    throw new Error(`${name}: expected its interpreter with the module on PATH; npm test installs it`);
  return found;
}
