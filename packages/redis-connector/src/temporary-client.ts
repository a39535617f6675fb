import { Redis } from 'ioredis';
import { directClientOptions, type ConnectionOptions } from './direct-client.js';
import type { Endpoint } from './redis-connector.js';

/** Milliseconds for a connection, and for a reply on it. */
export const CONNECT_TIMEOUT_MS = 5000;

/** The part of an ioredis client that a temporary connection needs. */
export interface TemporaryClient {
  readonly status: string;
  call(command: string, args: (string | number)[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A task that uses a temporary client. */
export type ClientTask<T> = (client: Pick<TemporaryClient, 'call'>) => Promise<T>;

/** How a temporary client is opened. */
export interface TemporaryClientOptions {
  /** Timeout for connecting and the task together; default `CONNECT_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** Finds the server, when the address does not name it. */
  readonly locate?: (() => Promise<Endpoint>) | undefined;
  readonly openClient?: (where: ConnectionOptions, locate?: () => Promise<Endpoint>) => TemporaryClient;
  /** Calls back once after a delay and returns what stops it; by default a timer that does not keep the process running. */
  readonly after?: (delayMs: number, callback: () => void) => () => void;
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
    openClient = newClient,
    after = unreferencedTimer,
  }: TemporaryClientOptions = {},
): Promise<T> {
  const client = openClient(where, locate);
  // The command reports the failure; a client without a listener prints its errors.
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  const stopTimer = after(timeoutMs, () => client.disconnect());
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

function newClient(where: ConnectionOptions, locate?: () => Promise<Endpoint>): TemporaryClient {
  return new Redis(directClientOptions(where, CONNECT_TIMEOUT_MS, { locate }));
}

function unreferencedTimer(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}
