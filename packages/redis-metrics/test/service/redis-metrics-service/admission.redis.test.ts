import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { startRedisServer, waitFor } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { RedisMetricsService, type RedisMetricsOptions } from '../../../src/index.js';
import { RecordedLog } from '../recorded-log.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function startService(redis: RedisMetricsOptions['redis'], log: RecordedLog): RedisMetricsService {
  const metrics = new RedisMetricsService({ redis, flushIntervalMs: 10, logger: log });
  // Few enough series for one batch, enough for a batch that Redis refuses to read from strangers.
  for (let i = 0; i < 100; i += 1) metrics.incrementCounter('events', 1, { i });
  return metrics;
}

it.each(['an address', 'a client'])(
  'says once that Redis wants a password, and leaves nothing in doubt: %s',
  async (given) => {
    const server = await startRedisServer();
    stops.push(() => server.stop());
    const redis = await server.connect();
    await redis.config('SET', 'requirepass', 'secret');
    const client = new Redis(server.port, '127.0.0.1', { lazyConnect: true, enableReadyCheck: false });
    stops.push(() => client.disconnect());
    const log = new RecordedLog();
    const metrics = startService(given === 'a client' ? client : server.url, log);
    const fix = given === 'a client' ? 'pass them to the client' : `redis://user:password@127.0.0.1:${server.port}/0`;
    const message = `Redis requires a user and password: ${fix}`;
    for (let i = 0; i < 3; i += 1) await expect(metrics.flush()).rejects.toThrow(message);
    await metrics.close();
    expect(log.warnings).toEqual([`redmeter: metrics are not written: ${message}; they are kept and retried`]);
    expect(metrics.stats().counter.dropped).toEqual({ closed: 100 });
  },
);

it('continues on the same connection when the password is no longer required', async () => {
  const server = await startRedisServer();
  stops.push(() => server.stop());
  const redis = await server.connect();
  await redis.config('SET', 'requirepass', 'secret');
  const metrics = startService(server.url, new RecordedLog());
  stops.push(() => metrics.close());
  await expect(metrics.flush()).rejects.toThrow('requires a user and password');
  await redis.config('SET', 'requirepass', '');
  await waitFor(() => metrics.stats().counter.flushed === 100, 'it is written');
});

it('leaves nothing in doubt where it is accepted and never answered', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  stops.push(
    () => silent.close(),
    () => sockets.forEach((socket) => socket.destroy()),
  );
  await once(silent, 'listening');
  const metrics = startService(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`, new RecordedLog());
  await metrics.close();
  expect(metrics.stats().counter.dropped).toEqual({ closed: 100 });
});
