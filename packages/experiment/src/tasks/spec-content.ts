import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Agent, fetch } from 'undici';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { isHttpUrl } from '../spec/url-schema.js';

const FETCH_TIMEOUT_MS = 30_000;
const MAX_CAUSES = 5;

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

/** A URL to show: without user, password and query, which may contain keys. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * Fetches what a field of the spec gives the URL of, within 30 s.
 *
 * @param acceptsAnyCertificate Of a server with TLS; by default one that Node trusts.
 * @throws ExperimentError `task_failed`, with the cause.
 */
export async function fetchNamedUrl(
  field: string,
  url: string,
  signal: AbortSignal,
  acceptsAnyCertificate = false,
): Promise<Buffer> {
  if (!isHttpUrl(url)) {
    throw new ExperimentError('task_failed', `${field}: expected an http:// or https:// URL, got something else`);
  }
  const where = shownUrl(url);
  const target = withoutCredentials(url);
  const dispatcher = new Agent({ connect: { rejectUnauthorized: !acceptsAnyCertificate } });
  try {
    const response = await fetch(target.url, {
      headers: target.headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
      dispatcher,
    });
    if (!response.ok) {
      throw new ExperimentError('task_failed', `${field}: expected status 200 from ${where}, got ${response.status}`);
    }
    return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    if (cause instanceof ExperimentError) throw cause;
    throw new ExperimentError('task_failed', `${field}: expected a response from ${where}, got ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    await dispatcher.destroy();
  }
}

// fetch reports only that it failed; the reason is in the causes of its error.
function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let at = error; typeof at === 'object' && at !== null && reasons.length < MAX_CAUSES;) {
    const { cause, errors } = at as { readonly cause?: unknown; readonly errors?: readonly unknown[] };
    const message = messageOf(at) || ((at as NodeJS.ErrnoException).code ?? '');
    if (message !== '' && !reasons.includes(message)) reasons.push(message);
    // One error an address that was tried.
    at = cause ?? errors?.[0];
  }
  return reasons.join(': ');
}
