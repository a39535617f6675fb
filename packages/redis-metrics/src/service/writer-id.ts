import { hostname } from 'node:os';
import { isMainThread, threadId } from 'node:worker_threads';

/** What people see a service as. */
export interface WriterId {
  readonly text: string;
  /** Lets a later service be called the same. */
  release(): void;
}

// On globalThis, since a process in which the library is bundled twice has this module twice.
const NUMBERS = Symbol.for('redmeter.writer-numbers');
const MOST_CHARACTERS = 200;

/** A name as given; else one that no other service has: host, process and thread, and from the second one in the thread on, its number. */
export function takeWriterId(given?: string): WriterId {
  if (given !== undefined) return { text: given, release: () => undefined };
  const shared = globalThis as Partial<Record<symbol, Set<number>>>;
  const taken = (shared[NUMBERS] ??= new Set());
  let number = 1;
  while (taken.has(number)) number += 1;
  taken.add(number);
  const thread = isMainThread ? '' : `-${threadId}`;
  return {
    text: `${hostname()}-${process.pid}${thread}${number === 1 ? '' : `.${number}`}`.slice(-MOST_CHARACTERS),
    release: () => void taken.delete(number),
  };
}
