import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { countTasks, parseExperiment, type ExperimentSpec } from '../spec/experiment-spec.js';
import type { SpecValues } from '../spec/fill-values.js';
import { formatResult, parseEmbeddedResult, parseResult } from '../spec/result-text.js';

/** The file that an experiment is written in. */
export const SPEC_NAME = 'experiment.yaml';
/** The file that a release is written in, which `redmeter release` of another package reads. */
export const RELEASE_NAME = 'release.yaml';
const RESULT_NAME = 'result.yaml';

/** Reads `experiment.yaml` of a folder, filled in with values. @throws ExperimentError `file_missing`, `file_unreadable` or `invalid_spec`. */
export async function readExperiment(folder: string, values: SpecValues): Promise<ExperimentSpec> {
  const path = join(folder, SPEC_NAME);
  const text = await readText(path);
  if (text === undefined) {
    throw new ExperimentError(
      'file_missing',
      `expected ${SPEC_NAME} in ${folder}, found none; "redmeter hub -e load-test" copies a sample`,
    );
  }
  return parseExperiment(text, path, values);
}

/** Reads `result.yaml` of a folder, else the `result` inside `experiment.yaml`; undefined when there is neither. */
export async function readStoredResult(folder: string): Promise<ExperimentResult | undefined> {
  const path = join(folder, RESULT_NAME);
  const text = await readText(path);
  const specPath = join(folder, SPEC_NAME);
  const specText = await readText(specPath);
  const embedded = (): ExperimentResult | undefined =>
    specText === undefined ? undefined : parseEmbeddedResult(specText, specPath);
  const result = text === undefined ? embedded() : parseResult(text, path);
  if (result === undefined || result.numTasks !== undefined || specText === undefined) return result;
  // A result of Iter8 does not say how many tasks there were; the spec beside it does. By our rules it need not be right: Iter8 writes
  // its own defaults back into it.
  const numTasks = countTasks(specText, specPath);
  return numTasks === undefined ? result : { ...result, numTasks };
}

/** The text of `experiment.yaml` of a folder; undefined when there is none. */
export async function readSpecText(folder: string): Promise<string | undefined> {
  return readText(join(folder, SPEC_NAME));
}

/** Reads the result of a folder. @throws ExperimentError `file_missing` when the experiment has not run there. */
export async function readResult(folder: string): Promise<ExperimentResult> {
  const result = await readStoredResult(folder);
  if (result !== undefined) return result;
  throw new ExperimentError(
    'file_missing',
    `expected ${RESULT_NAME} in ${folder}, found none; "redmeter run" writes it`,
  );
}

/** Writes `result.yaml` so that a reader, or a crash, never meets half of it. */
export async function writeResult(folder: string, result: ExperimentResult): Promise<void> {
  const path = join(folder, RESULT_NAME);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, formatResult(result));
    await rename(temporary, path);
  } catch (cause) {
    throw new ExperimentError('file_unwritable', `expected to write ${path}, got ${messageOf(cause)}`, { cause });
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ExperimentError('file_unreadable', `expected to read ${path}, got ${messageOf(cause)}`, { cause });
  }
}
