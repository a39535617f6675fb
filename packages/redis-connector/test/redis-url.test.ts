import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl, redisEndpointName, redisUrlOptions, withoutPassword, type RedisUrl } from '../src/redis-url.js';

function read(text: string): RedisUrl {
  const url = parseRedisUrl(text);
  if (url === undefined) throw new Error(`expected a URL of Redis, got ${text}`);
  return url;
}

describe('options of one server', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }],
    ['REDIS://localhost', { host: 'localhost', port: 6379, db: 0 }],
    ['redis://10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, db: 3 }],
    ['redis://[::1]:7000', { host: '::1', port: 7000, db: 0 }],
    ['redis://:s%3Acret@h', { host: 'h', port: 6379, db: 0, password: 's:cret' }],
    ['redis://u:p@h/', { host: 'h', port: 6379, db: 0, username: 'u', password: 'p' }],
    ['redis://u%40x@h', { host: 'h', port: 6379, db: 0, username: 'u@x' }],
    ['redis://u:p@ss@h', { host: 'h', port: 6379, db: 0, username: 'u', password: 'p@ss' }],
    ['rediss://h', { host: 'h', port: 6379, db: 0, tls: {} }],
    ['unix:///run/redis%20a.sock?db=2', { path: '/run/redis a.sock', db: 2 }],
    ['unix://u:p@localhost/run/a.sock', { path: '/run/a.sock', db: 0, username: 'u', password: 'p' }],
  ])('of %s', (text, options) => {
    expect(redisUrlOptions(read(text))).toEqual(options);
  });
});

describe('endpoints, and what is shown', () => {
  it.each([
    ['redis://host', ['host:6379'], 'redis://host'],
    ['redis://me:s3cret@my_host.local:7000/2', ['my_host.local:7000'], 'redis://***@my_host.local:7000/2'],
    ['redis://me:s3/c:ret@host', ['host:6379'], 'redis://***@host'],
    ['redis://me:p@s3cret@host', ['host:6379'], 'redis://***@host'],
    ['redis://:s3cret@[::1]:7000,b', ['[::1]:7000', 'b:6379'], 'redis://***@[::1]:7000,b'],
    ['redis://s3cret@höst', ['höst:6379'], 'redis://***@höst'],
    ['redis-sentinel://:s3cret@a,b/main', ['a:26379', 'b:26379'], 'redis-sentinel://***@a,b/main'],
    ['unix:///run/a@b.sock?db=1', ['/run/a@b.sock'], 'unix:///run/a@b.sock?db=1'],
    ['unix://me:s3cret@/run/redis.sock', ['/run/redis.sock'], 'unix://***@/run/redis.sock'],
    ['unix://me:p@s3cret@/run/redis.sock', ['/run/redis.sock'], 'unix://***@/run/redis.sock'],
  ])('of %s', (text, endpoints, shown) => {
    const url = read(text);
    expect(url.endpoints.map(redisEndpointName)).toEqual(endpoints);
    expect([url.shown, withoutPassword(text)]).toEqual([shown, shown]);
  });
});

it('reads the master and the database that Sentinels are asked for', () => {
  expect(read('rediss-sentinel://u:p@a:1,b/main/3')).toMatchObject({
    isTls: true,
    master: 'main',
    username: 'u',
    password: 'p',
    database: 3,
  });
  expect(read('redis://a').master).toBeUndefined();
});

it.each([
  '',
  'localhost',
  'redis://',
  'redis:///0',
  'unix://',
  'unix://host/run/redis.sock',
  'redis://h/-1',
  'redis://h?db=1',
  'redis://h#1',
  'redis://h:0',
  'redis://h:65536',
  'redis://[1]:6379',
  'redis://a;b',
  'redis://%zz@h',
  'redis-sentinel://h',
  'redis-sentinel://h/main/x',
  'https://h',
  '/run/x.sock',
])('refuses %j', (text) => {
  expect(parseRedisUrl(text)).toBeUndefined();
});

it.each([
  ['localhost:6379', 'localhost:6379'],
  ['redis://host/db', 'redis://host/db'],
  ['redis://host:99999', 'redis://host:99999'],
  ['redis://a;b', 'redis://a;b'],
  ['redis://me:s3cret@host:1/no', 'redis://***@host:1/no'],
  ['redis-sentinel://:s3cret@host', 'redis-sentinel://***@host'],
  ['redis://me/x:s3cret@host', 'redis://***@host'],
  ['redis://me:s3cret', 'redis://me:***'],
  ['redis://:s3cret', 'redis://:***'],
  ['redis://:s3cret/0', 'redis://:***'],
  ['redis:/me:s3cret@host', 'redis:/***@host'],
  ['me:s3cret@host:6379', '***@host:6379'],
  ['me:s3cret', 'me:***'],
  ['redis://host?password=s3cret', 'redis://host?***'],
  ['redis://a@b:s3cret', 'redis://***@b:***'],
  ['http://user:s3cret@localhost', 'http://***@localhost'],
])('shows %s without a password', (text, shown) => {
  expect(parseRedisUrl(text)).toBeUndefined();
  expect(withoutPassword(text)).toBe(shown);
});
