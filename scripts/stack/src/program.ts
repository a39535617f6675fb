import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of the stack, or of its tests, that the system may or may not have. */
export type ProgramName =
  'redis-server' | 'redis-cli' | 'prometheus' | 'promtool' | 'redis_exporter' | 'grafana' | 'curl' | 'wrk';

/** The names under which a program may lie on PATH, best first: Debian renames redis_exporter. */
const fileNames: Readonly<Record<ProgramName, readonly string[]>> = {
  'redis-server': ['redis-server'],
  'redis-cli': ['redis-cli'],
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  redis_exporter: ['redis_exporter', 'prometheus-redis-exporter'],
  grafana: ['grafana', 'grafana-server'],
  curl: ['curl'],
  wrk: ['wrk'],
};

/** The full path of a program in the folders of `path` (as PATH lists them), or undefined. */
export function findProgram(name: ProgramName, path: string): string | undefined {
  return fileNames[name]
    .flatMap((fileName) => path.split(delimiter).map((folder) => join(folder === '' ? '.' : folder, fileName)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false;
  }
}
