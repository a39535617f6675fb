import { Redis } from 'ioredis';
import type { ServerProcess } from './server-process.js';

/**
 * A client for tests, which cut connections on purpose: what matters reaches them through the command that fails.
 * @param enableReadyCheck whether it asks INFO, to wait for a server that loads its data
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
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const probe = newTestClient(port, false);
    const answer = await probe
      .connect()
      .then(() => probe.ping())
      .catch((error: unknown) => String(error));
    // Disconnecting a client that has ended keeps a timer of two seconds, and Jest waiting for it.
    if (probe.status !== 'end') probe.disconnect();
    if (answer === 'PONG') return;
    if (server.failure !== undefined) throw new Error(server.failure);
    if (Date.now() > deadline) {
      throw new Error(`redis-server did not answer on port ${port} in time: ${answer}`);
    }
    await pause(20);
  }
}

/**
 * Polls until `isTrue`, every 20 ms.
 * @throws Error naming `what`, with the last error of `isTrue` if it had one
 */
export async function waitUntil(what: string, isTrue: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      if (await isTrue()) return;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) throw new Error(`expected within ${timeoutMs} ms: ${what}`, { cause: lastError });
    await pause(20);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
