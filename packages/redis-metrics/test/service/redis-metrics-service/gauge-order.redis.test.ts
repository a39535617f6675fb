import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import { RedisMetricsService } from '../../../src/index.js';
import { MergeProxy } from '../../chaos/proxy/merge-proxy.js';
import { valueOf } from '../../lua/merge-call.js';

let server: RedisServer;
let proxy: MergeProxy;
let metrics: RedisMetricsService;

beforeEach(async () => {
  server = await startRedisServer();
  proxy = await MergeProxy.start(server.port);
  metrics = new RedisMetricsService({ redis: proxy.url, flushIntervalMs: 600_000, ttlSeconds: 3600 });
});
afterEach(async () => {
  await metrics.close();
  await proxy.stop();
  await server.stop();
});

it('keeps the value set last although the previous one reached Redis late', async () => {
  metrics.setGauge('level', 1);
  const arriving = proxy.nextCall();
  const flush = metrics.flush();
  const call = await arriving;
  metrics.setGauge('level', 2);
  const setAtMs = performance.now();
  await waitFor(() => performance.now() - setAtMs > 50, 'the call is late');
  const reply = await call.run();
  await call.deliver(reply?.bytes ?? Buffer.alloc(0));
  call.release();
  await flush;
  await metrics.flush();
  const redis = await server.connect();
  expect(await valueOf(redis, 'gauge', 'metrics:gauge:level')).toBe(2);
});
