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
 * A URL that a field of the spec gives, as it may be shown: without its query, where keys may stand.
 *
 * @throws ExperimentError `task_failed` for a user or password, which fetch does not send but would repeat in its error.
 */
export function shownUrl(field: string, url: string): string {
  const { origin, pathname, username, password } = new URL(url);
  const where = `${origin}${pathname}`;
  if (username === '' && password === '') return where;
  throw new ExperimentError('task_failed', `${field}: expected ${where} without user and password, got them`);
}

/**
 * Fetches what a field of the spec gives the URL of, within 30 s.
 *
 * @throws ExperimentError `task_failed`
 */
export async function fetchNamedUrl(field: string, url: string, signal: AbortSignal): Promise<Buffer> {
  const where = shownUrl(field, url);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]) });
  } catch (cause) {
    throw new ExperimentError('task_failed', `${field}: expected an answer from ${where}, got ${messageOf(cause)}`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new ExperimentError('task_failed', `${field}: expected status 200 from ${where}, got ${response.status}`);
  }
  return Buffer.from(await response.arrayBuffer());
}
