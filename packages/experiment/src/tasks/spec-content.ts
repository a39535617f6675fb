import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { isHttpUrl } from '../spec/url-schema.js';

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

/** A URL as it may be shown: without user, password and query, where keys may stand. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * Fetches what a field of the spec gives the URL of, within 30 s.
 *
 * @throws ExperimentError `task_failed`
 */
export async function fetchNamedUrl(field: string, url: string, signal: AbortSignal): Promise<Buffer> {
  if (!isHttpUrl(url)) {
    throw new ExperimentError('task_failed', `${field}: expected an http:// or https:// URL, got another text`);
  }
  const where = shownUrl(url);
  const target = withoutCredentials(url);
  let response: Response;
  try {
    response = await fetch(target.url, {
      headers: target.headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
    });
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
