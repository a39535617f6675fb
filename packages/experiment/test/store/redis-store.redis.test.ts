import { expect, it } from '@jest/globals';
import { freePorts, startRedisServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { describeMetricsStore } from './metrics-store-contract.js';

const server = useRedisServer();

describeMetricsStore('redis', async () => {
  const redis = await server.connect();
  await redis.flushall();
  return {
    variables: { METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: `127.0.0.1:${server.port}` },
    plant: async (name, text) => {
      await redis.hset('redmeter-results', name, text);
    },
    remove: async () => {
      await redis.flushall();
    },
  };
});

it('refuses what it cannot reach, and what something else wrote', async () => {
  await expect(
    openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: 'redis://:pa55@127.0.0.1:1' }, {}),
  ).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(/^expected to use the store in Redis at 127\.0\.0\.1:1, got connect ECONNREFUSED/),
  });
  const redis = await server.connect();
  await redis.hset('redmeter-results', 'odd', '{"a":1}');
  const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: server.url }, {});
  await expect(store.get('odd')).rejects.toMatchObject({ code: 'store_unavailable' });
  await redis.set('redmeter-results', 'of another type');
  await expect(store.get('odd')).rejects.toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
  await store.close();
});

it('opens for a user who may not call PING', async () => {
  const redis = await server.connect();
  await redis.flushall();
  await redis.acl('SETUSER', 'store', 'on', '>secret', '~*', '+@all', '-ping');
  const address = server.url.replace('//', '//store:secret@');
  const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: address }, {});
  expect(await store.get('none')).toBeUndefined();
  await store.close();
});

it('works again when Redis is back, and reports an error while it is down', async () => {
  const { redis: port } = await freePorts('redis');
  let short = await startRedisServer({ port });
  const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: short.url });
  await store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
  await short.stop();
  await expect(store.lookup('shop', 'ann')).rejects.toMatchObject({ code: 'store_unavailable' });
  short = await startRedisServer({ port });
  try {
    const deadline = Date.now() + 20_000;
    const write = (): Promise<void> => store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
    while (!(await isDone(write))) {
      expect(Date.now()).toBeLessThan(deadline);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await store.lookup('shop', 'ann')).version).toBe('v1');
  } finally {
    await store.close();
    await short.stop();
  }
});

it('reports a write that Redis refuses inside a transaction', async () => {
  const redis = await server.connect();
  await redis.flushall();
  const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: server.url });
  await store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
  await redis.set('redmeter-abn:values:shop:v1:', 'of another type');
  await expect(
    store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: 1 }),
  ).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('WRONGTYPE') });
  await redis.del('redmeter-abn:values:shop:v1:');
  await redis.hset('redmeter-abn:values:shop:v1:', '["spent","ann","t"]', 'NaN');
  await expect(store.aggregate('shop', { version: 'v1', signature: '' })).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('got something else'),
  });
  await store.close();
});

it('needs exactly the documented rights', async () => {
  const documents = readFileSync(join(__dirname, '../../../../docs/experiments/store.md'), 'utf8');
  const rule = /^user redmeter-store on >password (.*)$/m.exec(documents)?.[1]?.split(' ') ?? [];
  const redis = await server.connect();
  const useAll = async (rights: readonly string[]): Promise<void> => {
    await redis.flushall();
    await redis.acl('SETUSER', 'redmeter-store', 'reset', 'on', '>password', ...rights);
    const url = server.url.replace('//', '//redmeter-store:password@');
    const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: url });
    try {
      await store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
      const build = await store.lookup('shop', 'ann');
      await store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: 1 });
      await Promise.all([store.applications(), store.builds('shop'), store.aggregate('shop', build)]);
      await store.mark('shop', 'release/shop', 'step 1');
      await store.removeApplication('shop');
      await store.put({
        name: 'a',
        savedTime: '2026-11-20T12:30:00.000Z',
        result: { startTime: '', numLoops: 1, numCompletedTasks: 0, failure: false, tasks: [] },
      });
      await Promise.all([store.get('a'), store.list()]);
      await store.remove('a');
      await store.replaceRelease('shop', await store.readRelease('shop'), '{}');
      await store.listReleases();
    } finally {
      await store.close();
    }
  };
  await useAll(rule);
  for (const right of rule.filter((part) => part.startsWith('+') || part.startsWith('~'))) {
    const fails = await useAll(rule.filter((part) => part !== right)).then(
      () => undefined,
      (error: unknown) => (error as { code?: string }).code,
    );
    expect([right, fails]).toEqual([right, 'store_unavailable']);
  }
});

async function isDone(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch {
    // Not yet: the caller has a deadline.
    return false;
  }
}

it.each(['plain', 'p@ss:w/%23#?é'])('takes the password %s from its own variable', async (password) => {
  const redis = await server.connect();
  await redis.call('ACL', 'SETUSER', 'store', 'reset', 'on', `>${password}`, '~*', '+@all');
  const address = { METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: `store@127.0.0.1:${server.port}` };
  const store = await openMetricsStore({}, { ...address, METRICS_REDIS_PASSWORD: password });
  expect(await store.get('nothing')).toBeUndefined();
  await store.close();
  const wrong = openMetricsStore({}, { ...address, METRICS_REDIS_PASSWORD: 'another' });
  await expect(wrong).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.not.stringContaining('another'),
  });
});
