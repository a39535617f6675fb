import type { RedisConnection } from './redis-connection.js';

/** Called with the `maxmemory-policy` of a server, and whether the policy of any server so far evicts keys. */
export type EvictionListener = (policy: string, mayEvict: boolean) => void;

/**
 * Reads the `maxmemory-policy` of each server once with INFO, after its first write. Writing does not need INFO and does not wait for it:
 * when there is no reply (a user without `+info`, a server or proxy that does not support the command or closes the connection), the
 * policy is unknown. Any policy but `noeviction` evicts metrics when memory is full, and `volatile-*` evicts them first, since they have
 * a TTL.
 */
export class EvictionPolicies {
  readonly #listener: EvictionListener;
  readonly #asked = new Set<RedisConnection>();
  #mayEvict = false;

  constructor(listener: EvictionListener) {
    this.#listener = listener;
  }

  /** Called when the server of a connection has applied a write. */
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
    const info = await connection.querySeparately('INFO', ['memory']);
    return typeof info === 'string' ? /^maxmemory_policy:(\S+)/m.exec(info)?.[1] : undefined;
  } catch {
    // Without a reply there is no warning and no metric; if the connection is broken, the next write fails and reports it.
    return undefined;
  }
}
