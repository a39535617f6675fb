import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricsService } from '../../../src/index.js';
import { valueOf } from '../../lua/merge-call.js';

const server = useRedisServer();

it('two services of one process that have no writerId have gauges of their own', async () => {
  const options = { redis: server.url, flushIntervalMs: 600_000, ttlSeconds: 3600 };
  const services = [new RedisMetricsService(options), new RedisMetricsService(options)] as const;
  for (const [i, metrics] of services.entries()) {
    metrics.gauge({ name: 'heap', mode: 'process' }).labels().set(i);
    await metrics.flush();
  }
  const redis = await server.connect();
  expect(await redis.keys('metrics:gauge:heap:process=*')).toHaveLength(2);
  expect(await redis.keys('metrics:counter:redmeter_writer_recorded_total:type=gauge,*')).toHaveLength(2);
  await Promise.all(services.map((metrics) => metrics.close()));
  await redis.flushall();
});

it('two services with the same writerId count as two writers: it is only a name', async () => {
  const options = { redis: server.url, writerId: 'same', flushIntervalMs: 600_000, ttlSeconds: 3600 };
  const services = [new RedisMetricsService(options), new RedisMetricsService(options)] as const;
  for (let round = 0; round < 10; round += 1) {
    for (const metrics of services) metrics.incrementCounter('events', round);
    await Promise.all(services.map((metrics) => metrics.flush()));
  }
  await Promise.all(services.map((metrics) => metrics.close()));
  const redis = await server.connect();
  expect(await valueOf(redis, 'counter', 'metrics:counter:events')).toBe(90);
  expect(await redis.keys('metrics-meta:writer:*')).toHaveLength(2);
  expect(
    await valueOf(redis, 'counter', 'metrics:counter:redmeter_writer_recorded_total:type=counter,writer=same'),
  ).toBe(20);
  for (const metrics of services)
    expect(metrics.stats().counter).toMatchObject({ recorded: 10, flushed: 10, dropped: {} });
});
