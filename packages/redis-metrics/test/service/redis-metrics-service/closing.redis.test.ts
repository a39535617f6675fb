import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis } from 'ioredis';
import { RedisMetricsService } from '../../../src/index.js';
import { valueOf } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';
import { LIVE_ON, MAX_MS, runProcess } from '../run-process.js';

// What a busy machine may add.
const SLACK_MS = 20_000;
const KEY = 'metrics:counter:events';
const server = useRedisServer({ flushBeforeEach: true });

it('writes pending recordings, and drops later ones', async () => {
  const metrics = new RedisMetricsService({ redis: server.url });
  const events = metrics.counter({ name: 'events' }).labels();
  events.inc(2);
  const closed = metrics.close();
  events.inc();
  metrics.setGauge('level', 1);
  await Promise.all([closed, metrics.close()]);
  expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  expect(metrics.stats()).toMatchObject({
    counter: { recorded: 2, flushed: 1, pending: 0, dropped: { closed: 1 } },
    gauge: { recorded: 1, flushed: 0, pending: 0, dropped: { closed: 1 } },
  });
  await expect(metrics.flush()).rejects.toMatchObject({ code: 'closed' });
});

it('gives up after 5 seconds without Redis, and logs how much is lost', async () => {
  const log = new RecordedLog();
  const metrics = new RedisMetricsService({ redis: `redis://127.0.0.1:${await freePort()}`, logger: log });
  for (let i = 0; i < 3; i += 1) metrics.incrementCounter('events');
  const startedAtMs = Date.now();
  await metrics.close();
  expect(Date.now() - startedAtMs).toBeLessThan(5000 + SLACK_MS);
  expect(metrics.stats().counter).toEqual({ recorded: 3, flushed: 0, pending: 0, dropped: { closed: 3 } });
  expect(log.errors).toEqual(['redmeter: closed with 3 recordings not written to Redis; they are lost']);
});

it('does not close the given client', async () => {
  const client = new Redis(server.port, '127.0.0.1', { lazyConnect: true });
  const metrics = new RedisMetricsService({ redis: client });
  metrics.incrementCounter('events');
  await metrics.close();
  expect(await client.get(KEY)).toContain('"value":1');
  client.disconnect();
});

it('drops recordings as closed that were never sent because the application had closed the client', async () => {
  const ways: ((client: Redis) => unknown)[] = [
    (client) => client.quit(),
    (client) => void client.quit(),
    (client) => client.disconnect(),
  ];
  // Side by side, since each close tries for 5 seconds.
  const stats = ways.map(async (end) => {
    const client = new Redis(server.port, '127.0.0.1');
    client.on('error', () => undefined);
    const logger = new RecordedLog();
    const metrics = new RedisMetricsService({ redis: client, flushIntervalMs: 600_000, ttlSeconds: 3600, logger });
    metrics.incrementCounter('events');
    await metrics.flush();
    metrics.incrementCounter('events', 2);
    await end(client);
    await expect(metrics.flush()).rejects.toThrow(
      'no connection to the Redis of the given client: the client was closed',
    );
    await metrics.close();
    return metrics.stats().counter;
  });
  const expected = { recorded: 2, flushed: 1, pending: 0, dropped: { closed: 1 } };
  expect(await Promise.all(stats)).toEqual([expected, expected, expected]);
  expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
});

it('goes on through a client that the application connects again', async () => {
  const client = new Redis(server.port, '127.0.0.1');
  const metrics = new RedisMetricsService({ redis: client, logger: new RecordedLog() });
  metrics.incrementCounter('events');
  await metrics.flush();
  client.disconnect();
  await once(client, 'end');
  metrics.incrementCounter('events');
  await client.connect();
  await metrics.flush();
  await metrics.close();
  client.disconnect();
  expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
});

it('keeps the process running during a flush', async () => {
  expect(
    await runProcess({ redis: server.url }, 'await metrics.flush(); console.log(metrics.stats().counter.flushed);'),
  ).toBe('1\n');
  expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
});

it.each(['there', 'away'])('is not needed for a process to end: Redis is %s', async (where) => {
  const url = where === 'away' ? `redis://localhost:${await freePort()}` : server.url;
  // The process lives long enough for a connection, or for several tries to make one.
  expect(Number(await runProcess({ redis: url }, LIVE_ON))).toBeLessThan(MAX_MS);
});

it.each(['away', 'silent'])('takes 5 seconds at most with the end of the process: Redis is %s', async (state) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  if (state === 'away') silent.close();
  const close = `
    metrics.beforeFlush(() => new Promise(() => undefined));
    const calledAtMs = performance.now();
    process.on('exit', () => console.log(performance.now() - calledAtMs));
    await metrics.close();`;
  expect(Number(await runProcess({ redis: `redis://127.0.0.1:${port}` }, close))).toBeLessThan(5000 + SLACK_MS);
  for (const socket of sockets) socket.destroy();
  silent.close();
});
