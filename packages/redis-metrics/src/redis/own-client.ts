import { Redis } from 'ioredis';
import { processRuntime, type Runtime } from '../time/runtime.js';
import { PreparedCommand, type CommandArguments } from './prepared-command.js';
import type { ConnectionOptions } from './redis-address.js';
import type { OpenClient, OwnClient } from './redis-client.js';
import { connectorTo, UnreferencedConnector, type Endpoint } from './unreferenced-connector.js';

/** Timeout for a connection, and for a reply on it. */
export const CONNECT_TIMEOUT_MS = 5000;

class OwnRedis extends Redis implements OwnClient {
  send(command: string, args: CommandArguments): Promise<unknown> {
    return Promise.resolve(this.sendCommand(new PreparedCommand(command, args)));
  }
}

/** Opens an ioredis client. */
export function newOwnClient(where: ConnectionOptions, locate?: () => Promise<Endpoint>): OwnRedis {
  const client = new OwnRedis({
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
    Connector: locate === undefined ? UnreferencedConnector : connectorTo(locate),
  });
  // The connection does not keep a process running; flush() and close() do until they end.
  client.on('connect', () => client.stream.unref());
  return client;
}

/** A task that uses a temporary client. */
export type ClientTask<T> = (client: Pick<OwnClient, 'call'>) => Promise<T>;

/** How a temporary client is opened. */
export interface TemporaryClientOptions {
  /** Timeout for connecting and the task together. */
  readonly timeoutMs?: number;
  /** Finds the server, when the address does not name it. */
  readonly locate?: (() => Promise<Endpoint>) | undefined;
  readonly openClient?: OpenClient;
  readonly runtime?: Pick<Runtime, 'after'>;
}

/**
 * Connects, runs a task and disconnects.
 * @throws the error of the task; `ConnectFailedError` when there was no connection
 */
export async function withTemporaryClient<T>(
  where: ConnectionOptions,
  task: ClientTask<T>,
  {
    timeoutMs = CONNECT_TIMEOUT_MS,
    locate,
    openClient = newOwnClient,
    runtime = processRuntime,
  }: TemporaryClientOptions = {},
): Promise<T> {
  const client = openClient(where, locate);
  // The command reports the failure; a client without a listener prints its errors.
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  const stopTimer = runtime.after(timeoutMs, () => client.disconnect());
  try {
    await client.connect().catch((error: unknown) => {
      throw new ConnectFailedError('no connection', { cause: lastError ?? error });
    });
    return await task(client);
  } finally {
    stopTimer();
    if (client.status !== 'end') client.disconnect();
  }
}

/** A temporary client could not connect, so nothing was sent. The cause says why. */
export class ConnectFailedError extends Error {
  override readonly name = 'ConnectFailedError';
}
