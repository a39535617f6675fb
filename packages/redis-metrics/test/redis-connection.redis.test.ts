import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startRedisCluster, startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { Cluster, Redis } from 'ioredis';
import { readLocation } from '../src/read-location.js';
import { PreparedArguments } from '../src/prepared-command.js';
import { RedisConnection } from '../src/redis-connection.js';
import { eventually } from './service/eventually.js';

let server: RedisServer;
const started: (() => unknown)[] = [];
beforeEach(async () => {
  server = await startRedisServer();
  started.push(() => server.stop());
});
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

function connectionTo(location: unknown): RedisConnection {
  const connection = new RedisConnection(readLocation(location), () => undefined);
  started.push(() => connection.close());
  return connection;
}

async function linkOf(connection: RedisConnection): Promise<number> {
  let link: number | undefined;
  await eventually('Redis replies on one connection', async () => {
    const [outcome] = await Promise.allSettled([connection.exchange('TIME', [])]);
    link = outcome.status === 'fulfilled' ? outcome.value.link : undefined;
    return link !== undefined;
  });
  return link ?? Number.NaN;
}

it.each(['of its own', 'of a client that was given'])('tells one connection from the next: %s', async (whose) => {
  const client = new Redis(server.port, '127.0.0.1');
  started.push(() => client.disconnect());
  const connection = connectionTo(whose === 'of its own' ? server.url : client);
  const first = await linkOf(connection);
  expect(await linkOf(connection)).toBe(first);
  const redis = await server.connect();
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await linkOf(connection)).not.toBe(first);
});

it('tells no connection for what a client sent on one, and again on the next', async () => {
  const client = new Redis(server.port, '127.0.0.1');
  started.push(() => client.disconnect());
  const connection = connectionTo(client);
  await linkOf(connection);
  const redis = await server.connect();
  await redis.client('PAUSE', 60_000, 'WRITE');
  const reply = connection.exchange('SET', ['key', 'value']);
  await eventually('it is at Redis', async () => (await redis.info('clients')).includes('blocked_clients:1'));
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.client('UNPAUSE');
  expect(await reply).toEqual({ value: 'OK', link: undefined });
});

it('tells none for a client of a cluster, which has one to each node', async () => {
  const cluster = await startRedisCluster();
  const client = new Cluster([...cluster.urls]);
  started.push(() => cluster.stop());
  started.push(() => client.disconnect());
  expect(await connectionTo(client).exchange('TIME', [])).toMatchObject({ link: undefined });
}, 60_000);

it.each(['a client of its own', 'one that was given'])(
  'sends what was prepared as it is, through %s',
  async (whose) => {
    const given = new Redis(server.port, '127.0.0.1');
    started.push(() => given.disconnect());
    const connection = connectionTo(whose === 'one that was given' ? given : server.url);
    const values = new PreparedArguments(['ä', '\u{1F600}\r\n$3', 'empty', '']);
    connection.prepare(values);
    for (const key of ['first', 'again']) {
      expect(await connection.send('HSET', [key, values, 'last', '1'])).toBe(3);
      expect(await given.hgetall(key)).toEqual({ ä: '\u{1F600}\r\n$3', empty: '', last: '1' });
    }
    await expect(connection.send('HSET', ['first', values, 'odd'])).rejects.toThrow('wrong number of arguments');
  },
);
