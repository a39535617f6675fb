import { Redis } from 'ioredis';
import { ExporterError } from '../exporter-error.js';
import type { ClientOptions } from './redis-url.js';

const CONNECT_TIMEOUT_MS = 5_000;
const SLOWEST_RETRY_MS = 2_000;
const REFUSALS = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|Client sent AUTH|DB index))/;

/**
 * A client that fails at once while Redis is away, and comes back by itself.
 * @param commandTimeoutMs milliseconds after which a command without an answer has failed
 */
export function newClient(options: ClientOptions, commandTimeoutMs: number): Redis {
  return new Redis({
    ...options,
    // A reader's user may not call HELLO, and nothing here needs RESP3.
    protocol: 2,
    lazyConnect: true,
    connectionName: 'redmeter-exporter',
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    // Jitter: many exporters must not come back in step.
    retryStrategy: (times) => Math.min(SLOWEST_RETRY_MS, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2),
  });
}

// What ioredis says of bytes that no Redis sends; the error has no class of its own.
const NO_REDIS = /Unknown RESP type|Protocol error/;

/** How the first connection went. */
export type FirstContact =
  | { readonly kind: 'ready' }
  /** Nobody there, or not yet: the client goes on trying. */
  | { readonly kind: 'away'; readonly why: string };

/**
 * Connects, and tells a Redis that is away from one that will never let us in.
 * @param shownUrl the address without its password
 * @throws ExporterError `redis_unavailable` for wrong passwords and for what is no Redis
 */
export async function firstContact(client: Redis, shownUrl: string): Promise<FirstContact> {
  const contact = await new Promise<FirstContact | { readonly kind: 'refused'; readonly why: string }>((resolve) => {
    const onError = (error: Error): void => {
      const isRedis = !NO_REDIS.test(error.message);
      const why = error.message === '' ? (errorCode(error) ?? 'no answer') : error.message;
      if (!isRedis) resolve({ kind: 'refused', why: 'what answers is no Redis' });
      else resolve({ kind: REFUSALS.test(error.message) ? 'refused' : 'away', why });
    };
    client.on('error', onError);
    client.once('ready', () => resolve({ kind: 'ready' }));
    client.connect().catch(onError);
  });
  // From now on a failed command tells; an error without a listener would end the process.
  client.on('error', () => undefined);
  if (contact.kind !== 'refused') return contact;
  client.disconnect();
  throw new ExporterError('redis_unavailable', `${shownUrl}: ${contact.why}`);
}

function errorCode(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
