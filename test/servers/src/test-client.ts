import { Redis } from 'ioredis';
import type { ServerProcess } from './server-process.js';
import { waitFor } from './wait-for.js';

/**
 * A client for tests, which cut connections on purpose: what matters reaches them through the command that fails.
 * @param enableReadyCheck whether it calls INFO, to wait for a server that loads its data
 */
export function newTestClient(port: number, isToRetry = true, enableReadyCheck = isToRetry): Redis {
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    enableReadyCheck,
    maxRetriesPerRequest: isToRetry ? 1 : 0,
    retryStrategy: () => (isToRetry ? 50 : null),
  });
  client.on('error', () => undefined);
  return client;
}

/**
 * Waits for a server's first PONG.
 * @throws Error when the server ends or stays silent before it answers
 */
export async function waitForPong(server: ServerProcess, port: number, timeoutMs: number): Promise<void> {
  let answer = '';
  await waitFor(
    async () => {
      const probe = newTestClient(port, false);
      answer = await probe
        .connect()
        .then(() => probe.ping())
        .catch((error: unknown) => String(error));
      // Disconnecting a client that has ended keeps a timer of two seconds, and Jest waiting for it.
      if (probe.status !== 'end') probe.disconnect();
      if (answer === 'PONG') return true;
      if (server.failure !== undefined) throw new Error(server.failure);
      return false;
    },
    `redis-server answers on port ${port}`,
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${messageOf(error)}; the last answer: ${answer}`, { cause: error });
  });
}

/**
 * Waits until `isTrue`; while it throws, the condition is not met.
 * @throws Error naming `what`, with the last error of `isTrue` if it had one
 */
export async function waitUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  let lastError: unknown;
  const probe = (): Promise<boolean> =>
    isTrue().catch((error: unknown) => {
      lastError = error;
      return false;
    });
  await waitFor(probe, what).catch((error: unknown) => {
    throw new Error(messageOf(error), { cause: lastError });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
