import { hostname } from 'node:os';
import { isMainThread, threadId } from 'node:worker_threads';

/** The name of a service. */
export interface WriterId {
  readonly text: string;
  /** Makes the name available for a later service. */
  release(): void;
}

// On globalThis, since this module may be loaded twice when the library is bundled twice.
const NUMBERS = Symbol.for('redmeter.writer-numbers');
const MAX_CHARACTERS = 200;

/** The given name, or a unique one: host, process and thread, and a number from the second service in the thread on. */
export function takeWriterId(given?: string): WriterId {
  if (given !== undefined) return { text: given, release: () => undefined };
  const shared = globalThis as Partial<Record<symbol, Set<number>>>;
  const taken = (shared[NUMBERS] ??= new Set());
  let number = 1;
  while (taken.has(number)) number += 1;
  taken.add(number);
  const thread = isMainThread ? '' : `-${threadId}`;
  return {
    text: `${hostname()}-${process.pid}${thread}${number === 1 ? '' : `.${number}`}`.slice(-MAX_CHARACTERS),
    release: () => void taken.delete(number),
  };
}
