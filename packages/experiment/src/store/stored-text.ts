import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { resultSchema } from '../spec/result-schema.js';
import type { ApplicationVersion } from './application-version.js';
import type { ListedResult, StoredResult } from './result-store.js';

const schema = z.object({ name: z.string(), savedTime: z.string(), result: resultSchema });
const versionsSchema = z.array(z.object({ version: z.string(), signature: z.string(), weight: z.number() }));

/** A stored result as the JSON that adapters keep. */
export function toStoredText(stored: StoredResult): string {
  return JSON.stringify(stored);
}

/** Reads what an adapter kept under a name. @throws ExperimentError `store_unavailable` when something else wrote it. */
export function fromStoredText(name: string, text: string): StoredResult {
  const read = readStored(text);
  if (read.ok) return read.stored;
  throw new ExperimentError(
    'store_unavailable',
    `expected the result ${JSON.stringify(name)} in the format of this version of redmeter, got ${read.problem}`,
  );
}

/** Reads all that an adapter kept, sorted by name. */
export function fromStoredTexts(textByName: Iterable<readonly [name: string, text: string]>): ListedResult[] {
  return [...textByName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => {
      const read = readStored(text);
      return read.ok ? { kind: 'result', ...read.stored } : { kind: 'unreadable', name, problem: read.problem };
    });
}

type StoredReading =
  { readonly ok: true; readonly stored: StoredResult } | { readonly ok: false; readonly problem: string };

function readStored(text: string): StoredReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'no JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, stored: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}

/** Reads stored versions of an application. @throws ExperimentError `store_unavailable` when something else wrote them. */
export function readStoredVersions(text: string): readonly ApplicationVersion[] {
  return readStoredJson(text, versionsSchema);
}

/** Reads a stored value of a metric. @throws ExperimentError `store_unavailable` when something else wrote it. */
export function readStoredValue(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw foreign();
}

/** Reads stored JSON of a form. @throws ExperimentError `store_unavailable` when something else wrote it. */
export function readStoredJson<T>(text: string, form: z.ZodType<T>): T {
  try {
    return form.parse(JSON.parse(text));
  } catch (cause) {
    throw foreign(cause);
  }
}

function foreign(cause?: unknown): ExperimentError {
  return new ExperimentError(
    'store_unavailable',
    'expected data in the format of redmeter in the store, got something else',
    {
      cause,
    },
  );
}

/** Runs an operation of the storage. @throws ExperimentError `store_unavailable` saying where and why it failed. */
export async function reportingFailure<T>(where: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    if (cause instanceof ExperimentError) throw cause;
    throw new ExperimentError('store_unavailable', `expected to use the store ${where}, got ${messageOf(cause)}`, {
      cause,
    });
  }
}
