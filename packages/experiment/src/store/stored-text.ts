import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { resultSchema } from '../spec/result-schema.js';
import type { StoredResult } from './result-store.js';

const schema = z.object({ name: z.string(), savedTime: z.string(), result: resultSchema });

/** A stored result as the JSON that adapters keep. */
export function toStoredText(stored: StoredResult): string {
  return JSON.stringify(stored);
}

/** Reads what an adapter kept. @throws ExperimentError `store_unavailable` when something else wrote it. */
export function fromStoredText(text: string): StoredResult {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ExperimentError('store_unavailable', 'expected a result of redmeter in the store, got something else', {
      cause,
    });
  }
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
