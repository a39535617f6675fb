import { connectorClass, withTlsHint, type Endpoint, type RedisEndpoint } from '@redmeter/redis-connector';
import { Redis } from 'ioredis';
import { ExporterError } from '../exporter-error.js';
import {
  CLOSED_EARLY,
  connectionFailure,
  isCutOff,
  isRefusal,
  NO_TLS_SESSION,
  NOT_READY,
} from './connection-failure.js';
import { withLenientReadyCheck, type ReadyCheck } from './ready-check.js';
import type { RedisAddress } from './redis-url.js';

const CONNECTION_NAME = 'redmeter-exporter';
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RETRY_MS = 2_000;
/** How long a start waits for Redis. A server that loads its data accepts connections, but may need an hour to be ready. */
const FIRST_CONTACT_MS = 5_000;

/** A client, and what its ready check learned. */
export interface CheckedClient {
  readonly client: Redis;
  readonly readyCheck: ReadyCheck;
}

/**
 * Makes a client that fails at once while Redis is unreachable, and reconnects by itself.
 * @param server the server, or how to find it for each connection
 * @param commandTimeoutMs milliseconds after which a command without an answer has failed
 */
export function newClient(
  { database, login }: Pick<RedisAddress, 'database' | 'login'>,
  server: RedisEndpoint | (() => Promise<Endpoint>),
  commandTimeoutMs: number,
): CheckedClient {
  const isNamed = typeof server !== 'function';
  const client = new Redis({
    ...(isNamed ? placeOf(server) : {}),
    Connector: connectorClass({
      keepsProcessRunning: true,
      ...(isNamed ? {} : { locate: server, retryDelayMs }),
    }),
    ...login,
    db: database,
    // The user of a reader may not call HELLO, and RESP3 is not needed.
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A hanging server never closes its side, and pending commands fail only when the connection is closed.
    disconnectTimeout: 0,
    commandTimeout: commandTimeoutMs,
    retryStrategy: retryDelayMs,
    maxLoadingRetryTime: MAX_RETRY_MS,
  });
  const readyCheck = withLenientReadyCheck(client);
  nameConnections(client, readyCheck);
  return { client, readyCheck };
}

/**
 * Names each connection. The option of ioredis would send the name first, and receive the error of a server that accepts
 * no more clients. The name is optional: not every user may set one, and a server that closes the connection on it gets none.
 */
function nameConnections(client: Redis, readyCheck: ReadyCheck): void {
  let isWelcome = true;
  client.on('ready', () => {
    if (!isWelcome || readyCheck.hasHungUp) return;
    client.client('SETNAME', CONNECTION_NAME).catch((error: unknown) => {
      if (isCutOff(error)) isWelcome = false;
    });
  });
}

// Jitter, so that many exporters do not reconnect at the same time.
const retryDelayMs = (times: number): number =>
  Math.min(MAX_RETRY_MS, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2);

function placeOf(endpoint: RedisEndpoint): { readonly path: string } | Endpoint {
  return endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };
}

/** How the first connection went. */
export type FirstContact =
  | { readonly kind: 'ready' }
  /** Not reachable yet: the client keeps trying. */
  | { readonly kind: 'away'; readonly why: string };

/**
 * Connects, and distinguishes an unreachable Redis from one that rejects the login.
 * @param shownUrl the address without its password
 * @throws ExporterError `redis_unavailable` for wrong passwords and for servers that are not Redis
 */
export async function firstContact({ client, readyCheck }: CheckedClient, shownUrl: string): Promise<FirstContact> {
  let deadline: NodeJS.Timeout | undefined;
  const isTls = client.options.tls !== undefined;
  const failure = await new Promise<string | undefined>((resolve) => {
    const onError = (error: Error): void => resolve(connectionFailure(error));
    let isAskedNothing = false;
    // After the ready check has noticed it. A server that closed the connection on INFO may accept the next one without it.
    const onClose = (): void => {
      setImmediate(() => {
        if (isAskedNothing || !readyCheck.hasHungUp) resolve(CLOSED_EARLY);
      });
    };
    client.on('error', onError);
    client.on('close', onClose);
    client.once('ready', () => {
      isAskedNothing = readyCheck.hasHungUp;
      // Whether it accepts any command.
      const proof = isAskedNothing ? client.time() : Promise.resolve();
      proof.then(
        () => resolve(undefined),
        (error: unknown) => isCutOff(error) || resolve(undefined),
      );
    });
    client.connect().catch((error: unknown) => {
      if (error instanceof Error && !isCutOff(error)) onError(error);
    });
    const onDeadline = (): void => resolve(isTls && client.status === 'connecting' ? NO_TLS_SESSION : NOT_READY);
    deadline = setTimeout(onDeadline, FIRST_CONTACT_MS);
  });
  clearTimeout(deadline);
  if (failure === undefined) return { kind: 'ready' };
  const why = withTlsHint(failure, isTls);
  if (!isRefusal(failure)) return { kind: 'away', why };
  throw new ExporterError('redis_unavailable', `${shownUrl}: ${why}`);
}
