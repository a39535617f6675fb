import type { ConnectionOptions } from './direct-client.js';
import { queryAny } from './query-servers.js';
import type { Endpoint } from './redis-connector.js';

/** The master that Sentinels monitor under a name. */
export class SentinelMaster {
  readonly #sentinels: readonly ConnectionOptions[];
  readonly #name: string;

  /** @param sentinels at least one, each with its own login and TLS */
  constructor(sentinels: readonly ConnectionOptions[], name: string) {
    this.#sentinels = sentinels;
    this.#name = name;
  }

  /**
   * Asks the Sentinels for its address.
   * @throws UnknownMasterError when those that answer do not know the name; else why none answers
   */
  locate(): Promise<Endpoint> {
    return queryAny(this.#sentinels, 'SENTINEL', ['get-master-addr-by-name', this.#name], (reply) => {
      // A Sentinel that does not know the name replies with null.
      const [host, port] = Array.isArray(reply) ? (reply as unknown[]) : [];
      if (typeof host !== 'string') throw new UnknownMasterError(`the Sentinels know no master ${this.#name}`);
      return { host, port: Number(port) };
    });
  }
}

/** No Sentinel that answers knows a master of the name. */
export class UnknownMasterError extends Error {
  override readonly name = 'UnknownMasterError';
}
