import { cp, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExperimentError } from '../experiment-error.js';
import { packageFile } from '../package-file.js';
import { nearestName } from '../spec/nearest-name.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';

/** The flags of `redmeter hub`. */
export type HubOptions = { readonly experiment: string; readonly hub?: string };

/** Copies a sample experiment into a folder of its name here. Never overwrites. */
export async function hubCommand(options: HubOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const given = options.hub ?? environment.variables['REDMETER_HUB'];
  const hub = given === undefined ? packageFile('hub') : resolve(environment.workingFolder, given);
  const samples = await samplesIn(hub);
  const { experiment } = options;
  if (!samples.includes(experiment)) {
    const nearest = nearestName(experiment, samples);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'unknown_sample',
      `expected -e to be one of ${samples.join(', ')} (in ${hub}), got "${experiment}"${hint}`,
    );
  }
  const target = join(environment.workingFolder, experiment);
  if (await isFolder(target)) {
    throw new ExperimentError('folder_exists', `expected no ${target}, found one; remove it or work in another folder`);
  }
  await cp(join(hub, experiment), target, { recursive: true });
  environment.writeOut(`copied ${experiment}; next: cd ${experiment} && redmeter run\n`);
  return EXIT_CODE.holds;
}

async function samplesIn(hub: string): Promise<string[]> {
  if (!(await isFolder(hub))) {
    throw new ExperimentError('invalid_usage', `expected a hub, a folder of experiments, at ${hub}, found none`);
  }
  const entries = await readdir(hub, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
