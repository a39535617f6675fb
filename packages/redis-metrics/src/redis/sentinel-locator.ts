import { askAny, type ServerLocator } from './server-locator.js';
import type { ConnectionOptions } from './redis-address.js';
import type { Endpoint } from './unreferenced-connector.js';

/** Asks Sentinels who is master. */
export class SentinelLocator implements ServerLocator {
  readonly #sentinels: readonly ConnectionOptions[];
  readonly #name: string;

  constructor(sentinels: readonly ConnectionOptions[], name: string) {
    this.#sentinels = sentinels;
    this.#name = name;
  }

  locate(): Promise<Endpoint> {
    return askAny(this.#sentinels, 'SENTINEL', ['get-master-addr-by-name', this.#name], (reply) => {
      // A Sentinel that does not know the name answers with nothing.
      const [host, port] = Array.isArray(reply) ? (reply as unknown[]) : [];
      if (typeof host !== 'string') throw new Error(`the Sentinels know no master ${this.#name}`);
      return { host, port: Number(port) };
    });
  }

  /** Servers behind Sentinels send nobody elsewhere. */
  redirect(): void {
    return undefined;
  }
}
