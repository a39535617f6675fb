import { access, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExperimentError } from '../experiment-error.js';
import { packageFile } from '../package-file.js';
import { nearestName } from '../spec/nearest-name.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { nameSchemasToEditors } from './editor-schema.js';
import { RELEASE_NAME, SPEC_NAME } from './experiment-files.js';
import { parseHubSource, shownSource, withHubFolder, type HubSource } from './hub-source.js';

/** The flags of `redmeter hub`. */
export type HubOptions = { readonly experiment: string; readonly hub?: string };

/** Copies a sample, an experiment or a release, into a folder of its name here. Never overwrites. */
export async function hubCommand(options: HubOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const { experiment } = options;
  const target = join(environment.workingFolder, experiment);
  const given = options.hub ?? environment.variables['REDMETER_HUB'];
  const source: HubSource =
    given === undefined || given === ''
      ? { kind: 'folder', path: packageFile('hub') }
      : parseHubSource(given, environment.workingFolder);
  await withHubFolder(source, environment.signal, async (hub) => {
    const samples = await samplesIn(hub, source);
    if (!samples.includes(experiment)) {
      const nearest = nearestName(experiment, samples);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      throw new ExperimentError(
        'unknown_sample',
        `expected -e to be one of ${samples.join(', ') || 'none'} (in ${shownSource(source)}), got "${experiment}"${hint}`,
      );
    }
    if (await isFolder(target)) {
      throw new ExperimentError(
        'folder_exists',
        `expected no ${target}, found one; remove it or work in another folder`,
      );
    }
    // As they are: else links within a sample would lead to where it is copied from, which may be gone a moment later.
    await cp(join(hub, experiment), target, { recursive: true, verbatimSymlinks: true });
    if (given === undefined) await nameSchemasToEditors(target);
  });
  const next = (await isThere(join(target, RELEASE_NAME))) ? 'redmeter release plan' : 'redmeter run';
  environment.writeOut(`copied ${experiment}; next: cd ${experiment} && ${next}\n`);
  return EXIT_CODE.holds;
}

/** The names of the samples that ship with the package. */
export async function shippedSamples(): Promise<string[]> {
  return samplesOf(packageFile('hub'));
}

async function samplesIn(hub: string, source: HubSource): Promise<string[]> {
  if (await isFolder(hub)) return samplesOf(hub);
  const place =
    source.kind === 'git' && source.folder !== '' ? `${source.folder} of ${shownSource(source)}` : shownSource(source);
  throw new ExperimentError('invalid_usage', `expected a hub, a folder of samples, at ${place}, found none`);
}

async function samplesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(folders.map((name) => hasSample(join(folder, name))));
  return folders.filter((_, index) => found[index]).sort();
}

async function hasSample(folder: string): Promise<boolean> {
  return (await isThere(join(folder, SPEC_NAME))) || isThere(join(folder, RELEASE_NAME));
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
