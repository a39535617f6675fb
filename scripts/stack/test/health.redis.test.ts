import { beforeAll, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { redisHealth } from '../src/health.js';

const server = useRedisServer();
beforeAll(async () => {
  const redis = await server.connect();
  await redis.call('ACL', 'SETUSER', 'someone', 'on', '>secret', '+ping');
});

it('finds a Redis healthy that lets the user in and answers', async () => {
  expect(await redisHealth('127.0.0.1', server.port, 'someone', 'secret')()).toEqual({ kind: 'healthy' });
});

it("tells Redis's reason when it does not", async () => {
  const health = await redisHealth('127.0.0.1', server.port, 'someone', 'wrong')();
  expect(health).toEqual({ kind: 'waiting', reason: expect.stringMatching(/^redis answers WRONGPASS/) });
});

it('waits for one that does not listen yet', async () => {
  const health = await redisHealth('127.0.0.1', 1, 'someone', 'secret')();
  expect(health).toEqual({ kind: 'waiting', reason: expect.stringContaining('ECONNREFUSED') });
});
