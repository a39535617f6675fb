import { types } from 'node:util';
import type { ConnectionOptions } from './direct-client.js';
import { ConnectFailedError, withTemporaryClient } from './temporary-client.js';

// Short, since another server or attempt may succeed.
const QUERY_TIMEOUT_MS = 2000;
const MAX_CONCURRENT = 4;

/**
 * Queries servers, some at a time, until one replies.
 * @param read converts the reply; if it throws, the next server is tried
 * @throws the most specific of their errors
 */
export async function queryAny<T>(
  servers: readonly ConnectionOptions[],
  command: string,
  args: readonly string[],
  read: (reply: unknown, server: ConnectionOptions) => T,
): Promise<T> {
  const errors: unknown[] = [];
  for (let i = 0; i < servers.length; i += MAX_CONCURRENT) {
    try {
      return await Promise.any(
        servers.slice(i, i + MAX_CONCURRENT).map(async (server) => {
          const reply = await withTemporaryClient(server, (client) => client.call(command, [...args]), {
            timeoutMs: QUERY_TIMEOUT_MS,
          });
          return read(reply, server);
        }),
      );
    } catch (error) {
      errors.push(...(error as AggregateError).errors.map(causeOf));
    }
  }
  // An error reply says more than a failed connection.
  throw errors.find((error) => types.isNativeError(error) && error.name === 'ReplyError') ?? errors[0];
}

function causeOf(error: unknown): unknown {
  return error instanceof ConnectFailedError ? error.cause : error;
}
