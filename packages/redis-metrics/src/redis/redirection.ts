import type { Endpoint } from '@redmeter/redis-connector';
import { isError } from '../errors/error-text.js';

/** A redirection by a cluster node: permanent (`moved`), or for one command while the slot migrates (`ask`). */
export interface Redirection {
  readonly kind: 'moved' | 'ask';
  readonly endpoint: Endpoint;
}

/** Parses `MOVED 3999 10.0.0.2:6381` and `ASK …`; undefined for any other error. */
export function readRedirection(error: unknown): Redirection | undefined {
  if (!isError(error) || error.name !== 'ReplyError') return undefined;
  // An IPv6 address has colons, too; a node that does not know its address sends none, or `?`.
  const [, word, host, port] = /^(MOVED|ASK) \d+ ([^ ?]+):(\d+)$/.exec(error.message) ?? [];
  if (host === undefined) return undefined;
  return { kind: word === 'ASK' ? 'ask' : 'moved', endpoint: { host, port: Number(port) } };
}
