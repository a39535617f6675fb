import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { readLocation } from '../../src/redis/read-location.js';
import { PreparedArguments } from '../../src/redis/prepared-command.js';
import { RedisConnection } from '../../src/redis/redis-connection.js';

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
