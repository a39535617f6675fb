import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';

const FETCH_TIMEOUT_MS = 30_000;

/**
 * Reads a file that a field of the spec names, relative to the folder of the experiment.
 *
 * @throws ExperimentError `task_failed`
 */
export async function readNamedFile(field: string, file: string, runFolder: string): Promise<Buffer> {
  try {
    return await readFile(resolve(runFolder, file));
  } catch (cause) {
    throw new ExperimentError('task_failed', `${field}: expected a readable file, got ${messageOf(cause)}`, { cause });
  }
}

/**
 * Fetches what a field of the spec gives the URL of, within 30 s.
 *
 * @throws ExperimentError `task_failed`
 */
export async function fetchNamedUrl(field: string, url: string, signal: AbortSignal): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]) });
  } catch (cause) {
    throw new ExperimentError('task_failed', `${field}: expected an answer from ${url}, got ${messageOf(cause)}`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new ExperimentError('task_failed', `${field}: expected status 200 from ${url}, got ${response.status}`);
  }
  return Buffer.from(await response.arrayBuffer());
}
