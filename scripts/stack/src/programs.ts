import { delimiter, join } from 'node:path';
import { partNames, type PartName } from './part-name.js';
import { findProgram, type ProgramName } from './program.js';
import type { Environment } from './settings.js';
import { StackError } from './stack-error.js';

/** Full paths of programs. */
export type Programs = Readonly<Partial<Record<ProgramName, string>>>;

const programOfPart: Readonly<Record<PartName, ProgramName | undefined>> = {
  redis: 'redis-server',
  store: undefined,
  exporter: 'redis_exporter',
  prometheus: 'prometheus',
  grafana: 'grafana',
};

/** PATH, and after it where `npm start` puts programs that no package brings. */
export function searchPath(root: string, environment: Environment): string {
  return [environment['PATH'] ?? '', join(root, '.tools/bin')].join(delimiter);
}

/** The programs that a full local stack needs and that cannot be found. Grafana may be absent. */
export function missingPrograms(root: string, environment: Environment): ProgramName[] {
  const path = searchPath(root, environment);
  return partNames.flatMap((part) => {
    const program = programOfPart[part];
    return program === undefined || part === 'grafana' || findProgram(program, path) !== undefined ? [] : [program];
  });
}

/**
 * The parts to start and the programs they need; Grafana is left out where it is not installed, unless asked for.
 * @throws StackError `missing-program`
 */
export function programsFor(
  wanted: readonly PartName[] | undefined,
  given: Programs | undefined,
  root: string,
  environment: Environment,
): { readonly parts: readonly PartName[]; readonly programs: Programs } {
  const path = searchPath(root, environment);
  const programs: Partial<Record<ProgramName, string>> = { ...given };
  const parts = partNames.filter((part) => {
    if (wanted !== undefined && !wanted.includes(part)) return false;
    const program = programOfPart[part];
    if (program === undefined) return true;
    const file = given?.[program] ?? findProgram(program, path);
    if (file !== undefined) programs[program] = file;
    else if (part === 'grafana' && wanted === undefined) return false;
    else throw new StackError('missing-program', `${program}: expected it on PATH, found none; npm start installs it`);
    return true;
  });
  return { parts, programs };
}
