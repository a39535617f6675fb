import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { createClient } from 'redis';
import { valueOf } from '../../lua/merge-call.js';
import { startCuttingProxy, type CuttingProxy } from '../../service/cutting-proxy.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { useServices } from '../../service/use-services.js';

const KEY = 'metrics:counter:events';
const redis = useRedisServer({ flushBeforeEach: true });
let client: ReturnType<typeof createClient>;
let proxy: CuttingProxy;
let log: RecordedLog;
const { closeServices, startService } = useServices(() => ({
  redis: client,
  flushIntervalMs: 600_000,
  ttlSeconds: 3600,
  logger: log,
}));

beforeEach(async () => {
  log = new RecordedLog();
  proxy = await startCuttingProxy(redis.port);
  client = createClient({ url: proxy.url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => undefined);
});
afterEach(async () => {
  await closeServices();
  if (client.isOpen) client.destroy();
  await proxy.stop();
});

it('is connected by the application, before the service is made or after', async () => {
  const early = startService();
  early.incrementCounter('events');
  await client.connect();
  await early.flush();
  const late = startService();
  late.incrementCounter('events');
  await late.flush();
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(2);
  expect(log.warnings).toEqual([]);
});

it('must be connected', async () => {
  const metrics = startService();
  metrics.incrementCounter('events');
  await expect(metrics.flush()).rejects.toThrow(
    'no connection to the Redis of the given client: expected a connected client: call its connect()',
  );
  expect(metrics.stats().counter.pending).toBe(1);
});

it('is not closed, and does not write when the application has closed it', async () => {
  await client.connect();
  const metrics = startService();
  metrics.incrementCounter('events');
  await metrics.close();
  expect(client.isReady).toBe(true);
  const other = startService();
  await other.flush();
  await client.close();
  other.incrementCounter('events');
  await expect(other.flush()).rejects.toThrow('no connection');
  expect(other.stats().counter.pending).toBe(1);
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(1);
});

it('counts once what its queue sends after it is connected again', async () => {
  await client.connect();
  const metrics = startService();
  metrics.incrementCounter('events');
  await metrics.flush();
  for (let round = 0; round < 20; round += 1) {
    metrics.incrementCounter('events');
    // In the queue, or on the wire, when the connection ends.
    const flush = metrics.flush();
    if (round % 2 === 0) await new Promise(setImmediate);
    proxy.cutConnections();
    await Promise.allSettled([flush]);
    await waitFor(
      async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled',
      'the flush succeeds',
    );
  }
  expect(await valueOf(redis.client, 'counter', KEY)).toBe(21);
  expect(metrics.stats().counter).toEqual({ recorded: 21, flushed: 21, pending: 0, dropped: {} });
});
