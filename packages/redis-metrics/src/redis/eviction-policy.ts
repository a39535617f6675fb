import type { RedisConnection } from './redis-connection.js';

/** Told of each server's `maxmemory-policy`, and whether that of any server seen so far evicts. */
export type EvictionListener = (policy: string, mayEvict: boolean) => void;

/**
 * Asks each server once for its `maxmemory-policy`, by INFO, after it has taken a first write: writers need no INFO, so nothing
 * waits for it, and whatever keeps the answer away (a user without `+info`, a server or proxy that does not know the
 * command, or hangs up on it) means that the policy is unknown.
 * Any policy but `noeviction` takes metrics away when memory is full, and `volatile-*` takes them first, since they have a TTL.
 */
export class EvictionPolicies {
  readonly #listener: EvictionListener;
  readonly #asked = new Set<RedisConnection>();
  #mayEvict = false;

  constructor(listener: EvictionListener) {
    this.#listener = listener;
  }

  /** Notes that the server behind a connection has applied a write. */
  async noteApplied(connection: RedisConnection): Promise<void> {
    if (this.#asked.has(connection)) return;
    this.#asked.add(connection);
    const policy = await readEvictionPolicy(connection);
    if (policy === undefined) return;
    if (policy !== 'noeviction') this.#mayEvict = true;
    this.#listener(policy, this.#mayEvict);
  }
}

async function readEvictionPolicy(connection: RedisConnection): Promise<string | undefined> {
  try {
    const info = await connection.askAside('INFO', ['memory']);
    return typeof info === 'string' ? /^maxmemory_policy:(\S+)/m.exec(info)?.[1] : undefined;
  } catch {
    // Without an answer there is no warning and no metric; a connection that is really broken fails the next write, which says so.
    return undefined;
  }
}
