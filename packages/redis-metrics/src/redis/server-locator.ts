import { isError } from '../errors/error-text.js';
import { ErrandNotBegun, runErrand } from './own-client.js';
import type { ConnectionOptions } from './redis-address.js';
import type { Endpoint } from './unreferenced-connector.js';

// Of several servers one answers soon, or none does: then there is time for another try.
const ASK_TIMEOUT_MS = 2000;
const ASKED_AT_ONCE = 4;

/** Finds the server to write to, anew for each connection. */
export interface ServerLocator {
  /** @throws why it is not known now */
  locate(): Promise<Endpoint>;
  /** Takes a server's word for where to go next. */
  redirect(to: Endpoint): void;
}

/**
 * Asks servers, some at once, until one has an answer.
 * @param read turns the reply into the answer; what it throws counts as none
 * @throws the most telling of their errors
 */
export async function askAny<T>(
  servers: readonly ConnectionOptions[],
  command: string,
  args: readonly string[],
  read: (reply: unknown, server: ConnectionOptions) => T,
): Promise<T> {
  const errors: unknown[] = [];
  for (let i = 0; i < servers.length; i += ASKED_AT_ONCE) {
    try {
      return await Promise.any(
        servers.slice(i, i + ASKED_AT_ONCE).map(async (server) => {
          const reply = await runErrand(server, (client) => client.call(command, [...args]), ASK_TIMEOUT_MS);
          return read(reply, server);
        }),
      );
    } catch (error) {
      errors.push(...(error as AggregateError).errors.map(causeOf));
    }
  }
  // One that answers with an error says more than those that are away.
  throw errors.find((error) => isError(error) && error.name === 'ReplyError') ?? errors[0];
}

function causeOf(error: unknown): unknown {
  return error instanceof ErrandNotBegun ? error.cause : error;
}
