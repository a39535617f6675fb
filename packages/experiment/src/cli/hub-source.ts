import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { ExperimentError } from '../experiment-error.js';

const FETCH_TIMEOUT_MS = 120_000;
// The forms of git's own manual, but for transports that run a program of the caller's choice.
const GIT_URL = /^(?:(?:https?|ssh|git|file):\/\/|[\w.-]+@[\w.-]+:)/;

/** Where a hub's experiments are: a folder here, or one of a Git repository. */
export type HubSource =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly ref: string; readonly folder: string };

/** Reads `--hub`: a folder, or `URL[#ref[:folder]]` as Docker writes the Git repository of a build. */
export function parseHubSource(given: string, workingFolder: string): HubSource {
  if (!GIT_URL.test(given)) return { kind: 'folder', path: resolve(workingFolder, given) };
  const [url, fragment] = splitAt(given, '#');
  const [ref, folder] = splitAt(fragment, ':');
  return { kind: 'git', url, ref: ref === '' ? 'HEAD' : ref, folder };
}

/** The source as people may see it: without the user and password of its URL. */
export function shownSource(source: HubSource): string {
  return source.kind === 'folder' ? source.path : withoutCredentials(source.url);
}

/**
 * Hands the folder of the experiments to `use`; of a repository, a copy that is removed afterwards.
 *
 * @throws ExperimentError `hub_unavailable` when git is not here or cannot fetch.
 */
export async function withHubFolder<T>(
  source: HubSource,
  signal: AbortSignal,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (source.kind === 'folder') return use(source.path);
  const copy = await mkdtemp(join(tmpdir(), 'redmeter-hub-'));
  try {
    const folder = resolve(copy, source.folder);
    if (relative(copy, folder).startsWith('..')) {
      throw new ExperimentError(
        'invalid_usage',
        `expected --hub to name a folder inside the repository after "#ref:", got "${source.folder}"`,
      );
    }
    await git(['init', '--quiet', copy], source, signal);
    // Unlike a clone, a fetch takes a branch, a tag and a commit alike.
    await git(
      ['-C', copy, 'fetch', '--quiet', '--depth', '1', '--end-of-options', source.url, source.ref],
      source,
      signal,
    );
    await git(['-C', copy, 'checkout', '--quiet', 'FETCH_HEAD'], source, signal);
    return await use(folder);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function git(args: readonly string[], source: HubSource, signal: AbortSignal): Promise<void> {
  const child = spawn('git', args, {
    // Asked for a password, it would wait for a person.
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const problem = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'no git on this machine; install it' : error.message),
    );
    child.once('close', (code) => resolve(code === 0 ? undefined : lastLine(complaint)));
  });
  if (problem === undefined) return;
  // Git leaves out what comes before the first "@" at most.
  const shown = withoutCredentials(problem);
  throw new ExperimentError('hub_unavailable', `expected to fetch the hub ${shownSource(source)}, got: ${shown}`);
}

/** The text with URLs up to the last "@" before their path left out: a password may hold one, too. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
