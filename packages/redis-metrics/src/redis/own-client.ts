import { Redis } from 'ioredis';
import type { ConnectionOptions } from './redis-address.js';
import { UnreferencedConnector } from './unreferenced-connector.js';

/** How long a connection may take, and an answer be waited for. */
export const CONNECT_TIMEOUT_MS = 5000;

/** A client that sends what it is told, once and now, or not at all; not yet connected. */
export function newOwnClient(where: ConnectionOptions, Connector = UnreferencedConnector): Redis {
  const client = new Redis({
    ...where,
    lazyConnect: true,
    // What is not sent now is sent by us, later, once: a queue of the client's own would send it again and again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // INFO and CLIENT SETINFO are more than a writer's least privileges.
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    Connector,
  });
  // Metrics alone do not keep a process running; flush() and close() do, while they last.
  client.on('connect', () => client.stream.unref());
  return client;
}

/** What may be done with a client of one errand. */
export type Errand<T> = (client: Pick<Redis, 'call'>) => Promise<T>;

/**
 * Connects, runs an errand and disconnects.
 * @param timeoutMs for all of it
 * @throws what the errand throws; `ErrandNotBegun` when there was no connection
 */
export async function runErrand<T>(
  where: ConnectionOptions,
  errand: Errand<T>,
  timeoutMs = CONNECT_TIMEOUT_MS,
  Connector = UnreferencedConnector,
): Promise<T> {
  const client = newOwnClient(where, Connector);
  // What fails is told by the command; a client without a listener prints its errors.
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  const timer = setTimeout(() => client.disconnect(), timeoutMs).unref();
  try {
    await client.connect().catch((error: unknown) => {
      throw new ErrandNotBegun('no connection', { cause: lastError ?? error });
    });
    return await errand(client);
  } finally {
    clearTimeout(timer);
    if (client.status !== 'end') client.disconnect();
  }
}

/** There was no connection for an errand: nothing was sent. Its cause says why. */
export class ErrandNotBegun extends Error {
  override readonly name = 'ErrandNotBegun';
}
