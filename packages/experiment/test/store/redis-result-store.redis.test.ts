import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { openResultStore } from '../../src/store/open-result-store.js';
import { describeResultStore } from './result-store-contract.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

describeResultStore('redis', async () => {
  const redis = await server.connect();
  await redis.flushall();
  return {
    variables: { METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: `127.0.0.1:${server.port}` },
    remove: async () => {
      await redis.flushall();
    },
  };
});

it('refuses what it cannot reach, and what something else wrote', async () => {
  await expect(
    openResultStore({ metricsImplementation: 'redis', metricsRedisAddress: 'redis://:pa55@127.0.0.1:1' }, {}),
  ).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(/^expected to use the store in Redis at 127\.0\.0\.1:1, got connect ECONNREFUSED/),
  });
  const redis = await server.connect();
  await redis.hset('redmeter-results', 'odd', '{"a":1}');
  const store = await openResultStore({ metricsImplementation: 'redis', metricsRedisAddress: server.url }, {});
  await expect(store.get('odd')).rejects.toMatchObject({ code: 'store_unavailable' });
  await redis.set('redmeter-results', 'of another type');
  await expect(store.get('odd')).rejects.toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
  await store.close();
});
