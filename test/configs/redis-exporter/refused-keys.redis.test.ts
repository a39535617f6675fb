import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  MetricReaderError,
  readMetricsFromRedis,
  renderPairs,
  renderTextLines,
  type SendCommand,
} from '@redmeter/metric-reader';
import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis } from 'ioredis';
import { runScript } from './script.js';

const UNREADABLE = 'redmeter_skipped_keys{reason="unreadable"}';

function sendBy(redis: Redis): SendCommand {
  return (command, args) => redis.callBuffer(command, ...args);
}

function asMap(pairs: readonly string[]): Map<string, string> {
  return new Map(pairs.flatMap((series, i) => (i % 2 === 0 ? [[series, pairs[i + 1] ?? ''] as const] : [])));
}

async function expectBoth(redis: Redis, expected: Record<string, string | undefined>): Promise<void> {
  const byScript = asMap(await runScript(redis, ['0']));
  const byPort = asMap(renderPairs((await readMetricsFromRedis(sendBy(redis))).families));
  const names = Object.keys(expected);
  expect(Object.fromEntries(names.map((name) => [name, byScript.get(name)]))).toEqual(expected);
  expect(byPort).toEqual(byScript);
}

describe('a user who may not do everything', () => {
  const server = useRedisServer();

  beforeAll(async () => {
    await server.client.mset('metrics:counter:open', '5', 'metrics:counter:secret', '6', 'metrics:gauge:open_too', '7');
    await server.client.zadd('metrics-meta:live', 32_503_680_000_000, 'metrics:counter:open');
  });
  const users: Redis[] = [];
  afterAll(() => {
    for (const user of users) user.disconnect();
  });

  async function as(name: string, ...rules: string[]): Promise<Redis> {
    await server.client.call('ACL', 'SETUSER', name, 'on', '>secret', '-@all', '+eval', '+eval_ro', ...rules);
    const user = server.client.duplicate({ username: name, password: 'secret', enableReadyCheck: false });
    users.push(user);
    return user;
  }

  it('misses the keys that are denied, and no others', async () => {
    const user = await as('half', '+scan', '+get', '+dbsize', '+time', '~metrics:*:open*', '~metrics-meta:*');
    await expectBoth(user, { open: '5', open_too: '7', secret: undefined, [UNREADABLE]: '1' });
  });

  it('reads all with the least that redis_exporter is given', async () => {
    const user = await as('least', '+scan', '+get', '+dbsize', '+zrangebyscore', '+smembers', '+info', '%R~metrics*');
    await expectBoth(user, { open: '5', secret: '6', redmeter_scan_disabled: '0', [UNREADABLE]: '0' });
  });

  it('takes a hash for unreadable that it may not read as one', async () => {
    await server.client.hset('metrics:gauge:open_hash', { value: '8', timestamp: '1763600012345' });
    const rules = ['+scan', '+get', '+getrange', '+dbsize', '+time', '%R~metrics*'];
    await expectBoth(await as('strings', ...rules), { open_hash: undefined, [UNREADABLE]: '1' });
    await expectBoth(await as('hashes', ...rules, '+hmget', '+hstrlen'), { open_hash: '8', [UNREADABLE]: '0' });
    await server.client.del('metrics:gauge:open_hash');
  });

  it.each(['+dbsize', '+scan'])('reads the index when it may only %s', async (one) => {
    // The script asks for a range, the port for pages.
    const user = await as(`index${one.slice(1)}`, one, '+get', '+time', '+zrangebyscore', '+zscan', '~metrics*');
    await expectBoth(user, { open: '5', secret: undefined, redmeter_scan_disabled: '1' });
  });

  it('gets an answer even when it may read nothing', async () => {
    const user = await as('nothing', '+time');
    await expectBoth(user, { open: undefined, redmeter_scan_disabled: '1', 'redmeter_series{type="counter"}': '0' });
  });

  it('is reported when Redis does not return the time', async () => {
    const user = await as('timeless', '+scan', '+get', '+dbsize', '~metrics*');
    const message = 'this user is allowed neither TIME nor INFO: add +time';
    await expect(runScript(user, ['0'])).rejects.toThrow(`ERR redis-exporter.lua: ${message}`);
    await expect(readMetricsFromRedis(sendBy(user))).rejects.toThrow(new MetricReaderError('refused', message));
  });
});

describe('a node of a cluster', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedisServer({
      args: [
        '--cluster-enabled',
        'yes',
        '--cluster-require-full-coverage',
        'no',
        '--cluster-allow-reads-when-down',
        'yes',
      ],
    });
    redis = await server.connect();
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor(async () => String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    for (const name of ['a', 'b', 'c']) await redis.set(`metrics:counter:${name}`, '5');
    await redis.set('metrics:{0}:counter:d:x=y', '5');
  });
  afterAll(() => server.stop());

  it('reads keys of different slots', async () => {
    await expectBoth(redis, { a: '5', b: '5', c: '5', 'd{x="y"}': '5', [UNREADABLE]: '0' });
  });

  it('misses a key whose slot it does not serve, and no others', async () => {
    await redis.call('CLUSTER', 'DELSLOTS', await redis.cluster('KEYSLOT', 'metrics:counter:b'));
    await expectBoth(redis, { a: '5', b: undefined, c: '5', 'd{x="y"}': '5', [UNREADABLE]: '1' });
  });
});

it('the script asks the neighbours of a hash as hashes first, so that Redis counts no error for each', async () => {
  const server = await startRedisServer();
  const redis = await server.connect();
  for (let i = 0; i < 20; i += 1)
    await redis.hset(`metrics:counter:c:i=${i}`, { value: '5', timestamp: '1763600012345' });
  await redis.config('RESETSTAT');
  expect(asMap(await runScript(redis, ['0'])).get('redmeter_series{type="counter"}')).toBe('20');
  // Of the first, which is asked for by GETRANGE and GET.
  expect(await redis.info('errorstats')).toContain('errorstat_WRONGTYPE:count=2\r\n');
  await server.stop();
});

describe('the port', () => {
  it('says that Redis is gone instead of blaming the keys', async () => {
    const server = await startRedisServer();
    const redis = await server.connect();
    await server.stop();
    await expect(readMetricsFromRedis(sendBy(redis))).rejects.toMatchObject({
      name: 'MetricReaderError',
      code: 'redis_unavailable',
      message: 'Redis did not answer TIME',
    });
  });

  it('refuses a prefix that is none', async () => {
    const send: SendCommand = () => Promise.reject(new Error('not to be called'));
    await expect(readMetricsFromRedis(send, { prefix: 'a*' })).rejects.toMatchObject({
      code: 'invalid_setting',
      message: 'prefix: expected letters, digits, "_", "." and "-", and not ending in "-meta", got "a*"',
    });
  });
});

it('text and pairs name the same series', async () => {
  const server = await startRedisServer();
  const redis = await server.connect();
  await redis.mset(
    'metrics:counter:c',
    '5',
    'metrics:histogram:h:a=b',
    '{"count":1,"sum":2,"bounds":[5],"counts":[1,0]}',
  );
  const { families } = await readMetricsFromRedis(sendBy(redis));
  const inText = renderTextLines(families).filter((line) => !line.startsWith('#'));
  expect(inText).toEqual([...asMap(renderPairs(families))].map(([series, value]) => `${series} ${value}`));
  await server.stop();
});
