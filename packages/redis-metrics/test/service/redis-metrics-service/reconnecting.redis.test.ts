import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { startRedisServer, waitFor } from '@redmeter/test-servers';
import { RedisMetricsService } from '../../../src/index.js';
import { readLocation } from '../../../src/redis/read-location.js';
import { RedisConnection } from '../../../src/redis/redis-connection.js';
import { RecordedLog } from '../recorded-log.js';

let metrics: RedisMetricsService | undefined;
let stopServer: () => unknown = () => undefined;
afterEach(async () => {
  await metrics?.close();
  await stopServer();
});

function startService(redis: string): RedisMetricsService {
  metrics = new RedisMetricsService({ redis, flushIntervalMs: 10, logger: new RecordedLog() });
  metrics.incrementCounter('events');
  return metrics;
}

it('retries with growing delays when connections are accepted and closed', async () => {
  const calledAtMs: number[] = [];
  const server = createServer((socket) => {
    calledAtMs.push(performance.now());
    socket.destroy();
  }).listen(0, '127.0.0.1');
  stopServer = () => server.close();
  await once(server, 'listening');
  startService(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await waitFor(() => calledAtMs.length >= 6, 'it called six times', 20_000);
  const gapsMs = calledAtMs.slice(1).map((atMs, i) => atMs - (calledAtMs[i] ?? 0));
  // The first comes at once; then at least half of 250, 500, … milliseconds, of timers that may be a little early.
  expect(gapsMs.slice(1, 5).map((gapMs, i) => gapMs > 125 * 2 ** i - 5)).toEqual([true, true, true, true]);
});

it('connects immediately on reconnectNow(), as when the process ends', async () => {
  let calls = 0;
  const nobody = createServer((socket) => {
    calls += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as AddressInfo;
  const connection = new RedisConnection(readLocation(`redis://127.0.0.1:${port}`), () => undefined);
  stopServer = () => connection.close();
  await waitFor(async () => {
    await Promise.allSettled([connection.ready()]);
    return calls >= 5;
  }, 'it called five times');
  nobody.close();
  const server = await startRedisServer({ port });
  stopServer = async () => {
    connection.close();
    await server.stop();
  };
  // By itself it would wait for a second at least.
  await expect(connection.ready()).rejects.toThrow('no connection to redis://127.0.0.1');
  connection.reconnectNow();
  await connection.ready();
});

it('retries with growing delays while it finds a replica, and writes when that is promoted', async () => {
  const server = await startRedisServer();
  stopServer = () => server.stop();
  const redis = await server.connect();
  await redis.replicaof('127.0.0.1', '1');
  const service = startService(server.url);
  const connections = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const before = await connections();
  const startedAtMs = performance.now();
  await waitFor(() => performance.now() - startedAtMs > 3000, 'three seconds have passed');
  expect((await connections()) - before).toBeLessThan(8);
  await redis.replicaof('NO', 'ONE');
  await waitFor(() => service.stats().counter.pending === 0, 'it is written');
});
