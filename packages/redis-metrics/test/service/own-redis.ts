import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';

/**
 * Starts a Redis of the test file's own, which is empty before each test.
 * @param take takes the server and a client of it over, before the first test
 */
export function withOwnRedis(take: (redis: Redis, server: RedisServer) => void): void {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedisServer();
    redis = await server.connect();
    take(redis, server);
  });
  afterAll(() => server.stop());
  beforeEach(() => redis.flushall());
}
