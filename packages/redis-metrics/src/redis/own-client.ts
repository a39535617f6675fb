import { Redis } from 'ioredis';
import type { ConnectionOptions } from './redis-address.js';
import { UnreferencedConnector } from './unreferenced-connector.js';

/** Timeout for a connection, and for a reply on it. */
export const CONNECT_TIMEOUT_MS = 5000;

/** A client that sends each command immediately and once, or fails; not connected yet. */
export function newOwnClient(where: ConnectionOptions, Connector = UnreferencedConnector): Redis {
  const client = new Redis({
    ...where,
    lazyConnect: true,
    // The sender retries itself; a queue in the client would send commands again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // INFO and CLIENT SETINFO are not among the minimum privileges of a writer.
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    Connector,
  });
  // The connection does not keep a process running; flush() and close() do until they end.
  client.on('connect', () => client.stream.unref());
  return client;
}

/** A task that uses a temporary client. */
export type ClientTask<T> = (client: Pick<Redis, 'call'>) => Promise<T>;

/**
 * Connects, runs a task and disconnects.
 * @param timeoutMs timeout for all of it
 * @throws the error of the task; `ConnectFailedError` when there was no connection
 */
export async function withTemporaryClient<T>(
  where: ConnectionOptions,
  task: ClientTask<T>,
  timeoutMs = CONNECT_TIMEOUT_MS,
  Connector = UnreferencedConnector,
): Promise<T> {
  const client = newOwnClient(where, Connector);
  // The command reports the failure; a client without a listener prints its errors.
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  const timer = setTimeout(() => client.disconnect(), timeoutMs).unref();
  try {
    await client.connect().catch((error: unknown) => {
      throw new ConnectFailedError('no connection', { cause: lastError ?? error });
    });
    return await task(client);
  } finally {
    clearTimeout(timer);
    if (client.status !== 'end') client.disconnect();
  }
}

/** A temporary client could not connect, so nothing was sent. The cause says why. */
export class ConnectFailedError extends Error {
  override readonly name = 'ConnectFailedError';
}
