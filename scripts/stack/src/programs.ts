import { delimiter, join } from 'node:path';
import { partsOf, type PartName, type StackChoice } from './part-name.js';
import { findProgram, type ProgramName } from './program.js';
import type { Environment } from './settings.js';
import { StackError } from './stack-error.js';

/** Full paths of programs. */
export type Programs = Readonly<Partial<Record<ProgramName, string>>>;

const programOfPart: Readonly<Record<PartName, ProgramName | undefined>> = {
  redis: 'redis-server',
  store: undefined,
  candidate: undefined,
  exporter: 'redis_exporter',
  native: undefined,
  prometheus: 'prometheus',
  grafana: 'grafana',
  release: 'nginx',
};

/** What `npm start -- --local` cannot do without; Grafana may be absent. */
export function neededPrograms(choice: StackChoice): ProgramName[] {
  return partsOf(choice).flatMap((part) => {
    const program = programOfPart[part];
    return program === undefined || program === 'grafana' ? [] : [program];
  });
}

/** Path of a redis_exporter built with Go, by its version, so that another version in `.env` is built again. */
export function exporterFolder(root: string, version: string): string {
  return join(root, `.tools/redis_exporter-${version}`);
}

/** Looks for programs on PATH, and after it where those built with Go lie. */
export type ProgramSearch = (name: ProgramName) => string | undefined;

export function programSearch(root: string, exporterVersion: string, environment: Environment): ProgramSearch {
  const path = [environment['PATH'] ?? '', exporterFolder(root, exporterVersion)].join(delimiter);
  return (name) => findProgram(name, path);
}

/**
 * The parts to start and the programs they need; Grafana is left out where it is not installed, unless asked for.
 * @throws StackError `missing-program`
 */
export function chooseParts(
  wanted: readonly PartName[] | undefined,
  given: Programs | undefined,
  search: ProgramSearch,
  choice: StackChoice,
): { readonly parts: readonly PartName[]; readonly programs: Programs } {
  const programs: Partial<Record<ProgramName, string>> = { ...given };
  const parts = partsOf(choice).filter((part) => {
    if (wanted !== undefined && !wanted.includes(part)) return false;
    const program = programOfPart[part];
    if (program === undefined) return true;
    const file = given?.[program] ?? search(program);
    if (file !== undefined) programs[program] = file;
    else if (part === 'grafana' && wanted === undefined) return false;
    else throw new StackError('missing-program', `${program}: expected it on PATH, found none; npm start installs it`);
    return true;
  });
  return { parts, programs };
}
