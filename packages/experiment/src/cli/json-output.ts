import type { CommandEnvironment } from './command-environment.js';

/** The flag of commands that people and machines read. */
export type JsonChoice = { readonly json?: boolean };

/** Prints for a machine when it asked for that, else for a person. */
export function writeEither(
  { json }: JsonChoice,
  environment: CommandEnvironment,
  forMachine: unknown,
  forPerson: () => string,
): void {
  environment.writeOut(json === true ? `${JSON.stringify(forMachine, undefined, 2)}\n` : forPerson());
}
