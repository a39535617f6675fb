import type { RedisOptions } from 'ioredis';
import { connectorClass, type ConnectorOptions } from './redis-connector.js';

/** What a client needs to find a server and to log in. */
export type ConnectionOptions = Pick<RedisOptions, 'host' | 'port' | 'path' | 'db' | 'username' | 'password' | 'tls'>;

/**
 * Options of an ioredis client that is not connected yet, sends each command at once and once, or fails, does not connect again by
 * itself, and sends nothing of its own: INFO, HELLO and CLIENT are not among the minimum privileges of a writer, and some servers and
 * proxies do not know them.
 * @param timeoutMs for the connection
 */
export function directClientOptions(
  where: ConnectionOptions,
  timeoutMs: number,
  connector: Omit<ConnectorOptions, 'retryDelayMs'> = {},
): Omit<RedisOptions, 'replyMapping'> {
  return {
    ...where,
    lazyConnect: true,
    // A queue in the client would send commands again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: timeoutMs,
    retryStrategy: () => null,
    Connector: connectorClass(connector),
  };
}
