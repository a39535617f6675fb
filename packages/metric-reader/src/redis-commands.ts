import { MetricReaderError } from './metric-reader-error.js';

/**
 * Sends one command to Redis and gives its reply, bulk strings as Buffers; with ioredis
 * `(command, args) => redis.callBuffer(command, ...args)`. An error reply is a rejection with an error named
 * `ReplyError`, as ioredis has it; any other rejection means that Redis cannot be reached.
 */
export type SendCommand = (command: string, args: (string | Buffer)[]) => Promise<unknown>;

/** A reply, or the error that Redis answered with. */
export type Reply =
  { readonly kind: 'reply'; readonly value: unknown } | { readonly kind: 'error'; readonly message: string };

/**
 * Sends one command and distinguishes an error reply from a broken connection.
 * @throws MetricReaderError `redis_unavailable`
 */
export async function ask(send: SendCommand, command: string, ...args: (string | Buffer)[]): Promise<Reply> {
  try {
    return { kind: 'reply', value: await send(command, args) };
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return { kind: 'error', message: error.message };
    throw new MetricReaderError('redis_unavailable', `Redis did not answer ${command}`, { cause: error });
  }
}
