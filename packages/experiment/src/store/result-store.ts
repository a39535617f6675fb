import type { ExperimentResult } from '../result/experiment-result.js';

/** A result under the name it was stored by. */
export type StoredResult = { readonly name: string; readonly savedTime: string; readonly result: ExperimentResult };

/**
 * What stands under a name in the store: a result, or what cannot be read and why: something else or another version of redmeter
 * wrote it (`unreadable`), or the store no longer holds the bytes that were written (`damaged`).
 */
export type ListedResult =
  | ({ readonly kind: 'result' } & StoredResult)
  | { readonly kind: 'unreadable' | 'damaged'; readonly name: string; readonly problem: string };

/**
 * Keeps results of experiments by name. Several processes may use one store at the same time.
 *
 * What every adapter promises, and the contract suite holds it to:
 * - `put` resolves only when the result would survive a kill of this process; the latest put of a name wins, whole.
 * - A result is read back exactly as it was put.
 * - Failures of the storage reject with ExperimentError `store_unavailable`; nothing is swallowed.
 */
export type ResultStore = {
  put(stored: StoredResult): Promise<void>;
  /** Undefined when there is none of that name; rejects with `store_unavailable` when it cannot be read. */
  get(name: string): Promise<StoredResult | undefined>;
  /** All results, sorted by name; one that cannot be read hides no other. */
  list(): Promise<ListedResult[]>;
  /** Whether there was one to remove, readable or not. */
  remove(name: string): Promise<boolean>;
  close(): Promise<void>;
};

/** What a name may be: 1 to 200 characters without control characters or halves of characters. */
export function isResultName(name: unknown): name is string {
  return typeof name === 'string' && /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(name);
}
