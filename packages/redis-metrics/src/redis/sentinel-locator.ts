import { queryAny, type ServerLocator } from './server-locator.js';
import type { ConnectionOptions } from './redis-address.js';
import type { Endpoint } from './unreferenced-connector.js';

/** Asks Sentinels for the address of the master. */
export class SentinelLocator implements ServerLocator {
  readonly #sentinels: readonly ConnectionOptions[];
  readonly #name: string;

  constructor(sentinels: readonly ConnectionOptions[], name: string) {
    this.#sentinels = sentinels;
    this.#name = name;
  }

  locate(): Promise<Endpoint> {
    return queryAny(this.#sentinels, 'SENTINEL', ['get-master-addr-by-name', this.#name], (reply) => {
      // A Sentinel that does not know the name replies with null.
      const [host, port] = Array.isArray(reply) ? (reply as unknown[]) : [];
      if (typeof host !== 'string') throw new Error(`the Sentinels know no master ${this.#name}`);
      return { host, port: Number(port) };
    });
  }

  /** Servers behind Sentinels do not redirect. */
  redirect(): void {
    return undefined;
  }
}
