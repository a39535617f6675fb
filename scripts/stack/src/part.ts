import type { HealthCheck } from './health.js';
import type { Command } from './local-process.js';
import type { PartName, StackChoice } from './part-name.js';
import type { ProgramName } from './program.js';
import type { Environment, Settings } from './settings.js';

/** One part of the stack as a local process. */
export interface Part {
  readonly name: PartName;
  /** Where people and programs reach it, e.g. `http://127.0.0.1:9121/metrics`. */
  readonly url: string;
  readonly command: Command;
  readonly health: HealthCheck;
}

/** What a part is made of. */
export interface PartContext {
  /** The checkout: configuration files and the built store lie in it. */
  readonly root: string;
  /** The folder of this run, for this part's files alone; it exists. */
  readonly folder: string;
  readonly settings: Settings;
  readonly choice: StackChoice;
  /** Full paths of the programs that were found. */
  readonly programs: Readonly<Partial<Record<ProgramName, string>>>;
  /** The launcher's environment, for PATH and the like. */
  readonly environment: Environment;
  /** More variables for the store, e.g. its flush interval. */
  readonly storeEnvironment: Readonly<Record<string, string>>;
  /** More variables for redis_exporter, e.g. its namespace. */
  readonly exporterEnvironment: Readonly<Record<string, string>>;
  /** More variables for the native exporter, e.g. how many series it holds. */
  readonly nativeEnvironment: Readonly<Record<string, string>>;
}

/** What every program needs of the launcher's environment; settings of the same programs elsewhere stay out. */
export function baseEnvironment(environment: Environment): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** @throws Error when the program was not looked for before the part was made. */
export function programOf(context: PartContext, name: ProgramName): string {
  const file = context.programs[name];
  if (file === undefined) throw new Error(`${name} was not searched for`);
  return file;
}
