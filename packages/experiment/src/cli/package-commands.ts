import type { Command } from 'commander';
import { messageOf } from '../experiment-error.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { CommandError } from './command-error.js';

/** What a package exports as `addCommands`: it adds its commands to the program, and calls `end` when one has ended. */
export type AddCommands = (program: Command, environment: CommandEnvironment, end: (code: ExitCode) => void) => void;

/** Commands that packages above this one bring. They are loaded by name, since this package must not depend on them. */
const PACKAGE_COMMANDS = [
  { name: 'serve', from: '@redmeter/service', description: 'serve A/B/n lookups and metrics over gRPC and HTTP' },
  {
    name: 'release',
    from: '@redmeter/release',
    description: 'send users to versions by release.yaml, and move them to a new one by its metrics',
  },
] as const;

/**
 * Adds the commands of other packages. Only the one that `argv` calls is loaded, or all for completion; the others stand in the
 * list of commands. @throws CommandError when its package is not installed.
 */
export async function addPackageCommands(
  program: Command,
  argv: readonly string[],
  environment: CommandEnvironment,
  end: (code: ExitCode) => void,
): Promise<void> {
  const called = argv[0] === 'help' ? argv[1] : argv[0];
  for (const { name, from, description } of PACKAGE_COMMANDS) {
    const load = name === called || called === 'complete' ? await loadCommands(from) : undefined;
    if (load?.isInstalled === true) load.addCommands(program, environment, end);
    else if (name === called) throw new CommandError(missing(name, from), EXIT_CODE.usage);
    else program.command(name).description(description);
  }
}

type LoadedCommands =
  { readonly isInstalled: true; readonly addCommands: AddCommands } | { readonly isInstalled: false };

async function loadCommands(from: string): Promise<LoadedCommands> {
  let loaded: { readonly addCommands?: AddCommands };
  try {
    loaded = (await import(from)) as typeof loaded;
  } catch (error) {
    // Not of another module that it imports, which is a different error.
    if (isMissing(error) && messageOf(error).includes(from)) return { isInstalled: false };
    throw error;
  }
  if (loaded.addCommands === undefined) throw new Error(`expected ${from} to export addCommands`);
  return { isInstalled: true, addCommands: loaded.addCommands };
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function missing(name: string, from: string): string {
  return `${name}: expected the package ${from}, found none; install it with "npm install ${from}"`;
}
