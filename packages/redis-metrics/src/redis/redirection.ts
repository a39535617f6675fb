import { isError } from '../errors/error-text.js';
import type { Endpoint } from './unreferenced-connector.js';

/** Where a node of a cluster says that a slot is: for good, or for this one command while the slot is on its way. */
export interface Redirection {
  readonly kind: 'moved' | 'ask';
  readonly endpoint: Endpoint;
}

/** Reads Redis's `MOVED 3999 10.0.0.2:6381` and `ASK …`; undefined for any other error. */
export function readRedirection(error: unknown): Redirection | undefined {
  if (!isError(error) || error.name !== 'ReplyError') return undefined;
  // An IPv6 address has colons, too; a node that does not know its name says nothing, or `?`.
  const [, word, host, port] = /^(MOVED|ASK) \d+ ([^ ?]+):(\d+)$/.exec(error.message) ?? [];
  if (host === undefined) return undefined;
  return { kind: word === 'ASK' ? 'ask' : 'moved', endpoint: { host, port: Number(port) } };
}
