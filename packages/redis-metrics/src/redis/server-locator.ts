import type { Endpoint } from '@redmeter/redis-connector';

/** Finds the server to write to, for each connection. */
export interface ServerLocator {
  /** @throws the reason why it is unknown now */
  locate(): Promise<Endpoint>;
  /** Sets the server of the next connection, after a redirection; only the nodes of a cluster redirect. */
  redirect?(to: Endpoint): void;
}
