import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of the stack, or of its tests, that the system may or may not have. */
export type ProgramName =
  | 'redis-server'
  | 'redis-cli'
  | 'openssl'
  | 'prometheus'
  | 'promtool'
  | 'redis_exporter'
  | 'grafana'
  | 'curl'
  | 'wrk'
  | 'nginx'
  | 'etcd'
  | 'python-redis'
  | 'python-venv'
  | 'php-redis'
  | 'chromium'
  | 'spin'
  | 'gcc';

/** The names under which a program may lie on PATH, best first: Debian renames redis_exporter. */
const fileNames: Readonly<Record<ProgramName, readonly string[]>> = {
  'redis-server': ['redis-server'],
  'redis-cli': ['redis-cli'],
  openssl: ['openssl'],
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  redis_exporter: ['redis_exporter', 'prometheus-redis-exporter'],
  grafana: ['grafana', 'grafana-server'],
  curl: ['curl'],
  wrk: ['wrk'],
  nginx: ['nginx'],
  etcd: ['etcd'],
  spin: ['spin'],
  gcc: ['gcc'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  'python-redis': ['python3'],
  'python-venv': ['python3'],
  'php-redis': ['php'],
};

/** An interpreter counts only with the modules that tests need: the arguments with which it ends with 0 when it has that. */
const probes: Readonly<Partial<Record<ProgramName, readonly string[]>>> = {
  'python-redis': ['-c', 'import redis'],
  'python-venv': ['-c', 'import ensurepip, venv'],
  'php-redis': ['-r', 'exit(extension_loaded("redis") ? 0 : 1);'],
};

/** The full path of a program in the folders of `path` (as PATH lists them), or undefined. */
export function findProgram(name: ProgramName, path: string): string | undefined {
  return fileNames[name]
    .flatMap((fileName) => path.split(delimiter).map((folder) => join(folder === '' ? '.' : folder, fileName)))
    .find((file) => isExecutable(file) && answersProbe(name, file));
}

function answersProbe(name: ProgramName, file: string): boolean {
  const probe = probes[name];
  return probe === undefined || spawnSync(file, probe, { stdio: 'ignore' }).status === 0;
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
