import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BUCKETS } from '@redmeter/metric-format';
import { Cluster, Redis } from 'ioredis';
import { RedisMetricsError, RedisMetricsService, type RedisLocation } from '../../src/index.js';
import { resolveOptions } from '../../src/service/resolve-options.js';

const REDIS = 'redis://localhost';

it('has the defaults that are documented', () => {
  const { logger, ...rest } = resolveOptions({ redis: REDIS });
  expect(rest).toEqual({
    redis: { options: { host: 'localhost', port: 6379, db: 0 }, display: 'redis://localhost:6379/0' },
    prefix: 'metrics',
    flushIntervalMs: 5000,
    ttlMs: 1_800_000,
    idleTtlMs: 86_400_000,
    defaultBuckets: DEFAULT_BUCKETS,
    defaultLabels: [],
    maxSeries: 50_000,
    maxSeriesPerFamily: 50_000,
    manySeries: 8000,
    ownMetrics: true,
  });
  expect(Object.keys(logger)).toEqual(['info', 'warn', 'error']);
});

const invalidOptions: readonly (readonly [options: object, message: string])[] = [
  [
    { flushInterval: 5 },
    'flushInterval: expected one of the options redis, prefix, shards, flushIntervalMs, ttlSeconds, idleTtlSeconds, defaultBuckets, defaultLabels, maxSeries, maxSeriesPerFamily, writerId, ownMetrics, exemplarSource, logger, got an unknown one',
  ],
  [{ shards: 0 }, 'shards: expected a whole number from 1 to 1024, got 0'],
  [{ flushIntervalMs: '5' }, "flushIntervalMs: expected a whole number from 10 to 3600000, got '5'"],
  [{ flushIntervalMs: 9 }, 'flushIntervalMs: expected a whole number from 10 to 3600000, got 9'],
  [{ flushIntervalMs: Number.NaN }, 'flushIntervalMs: expected a whole number from 10 to 3600000, got NaN'],
  [{ ttlSeconds: 0.5 }, 'ttlSeconds: expected a whole number from 1 to 31536000, got 0.5'],
  [
    { ttlSeconds: 14 },
    'ttlSeconds: expected at least three flush intervals (15 s), so that a series outlives a flush that fails, got 14',
  ],
  [{ idleTtlSeconds: 60 }, 'idleTtlSeconds: expected a whole number from 1800 to 31536000, got 60'],
  [{ maxSeries: 0 }, 'maxSeries: expected a whole number from 1 to 10000000, got 0'],
  [{ defaultBuckets: [] }, 'defaultBuckets: expected 1 to 200 finite numbers in ascending order, got []'],
  [{ defaultBuckets: [2, 1] }, 'defaultBuckets: expected 1 to 200 finite numbers in ascending order, got [ 2, 1 ]'],
  [
    { defaultBuckets: [1, Infinity] },
    'defaultBuckets: expected 1 to 200 finite numbers in ascending order, got [ 1, Infinity ]',
  ],
  [{ defaultLabels: 'env' }, 'defaultLabels: labels: expected an object, got "env"'],
  [{ defaultLabels: { le: '5' } }, 'defaultLabels: label "le": expected none of job'],
  [{ defaultLabels: { env: null } }, 'defaultLabels: label env: expected text, a number or a boolean, got null'],
  [{ prefix: 'a:b' }, 'prefix: expected letters, digits'],
  [{ prefix: 'a-meta' }, 'prefix: expected letters, digits'],
  [{ writerId: '' }, "writerId: expected a string of 1 to 200 characters, got ''"],
  [{ ownMetrics: 0 }, 'ownMetrics: expected true or false, got 0'],
  [{ logger: {} }, 'logger: expected an object with info, warn and error, such as console, got {}'],
  [
    { redis: undefined },
    'redis: expected redis://[user:password@]host[:port][/database], rediss://…, unix://path, { host, port, password }, { url, tls }, { url: "https://…", token }, { cluster: [url, …] }, { sentinels: [url, …], name }, or a client of ioredis, node-redis or @upstash/redis, got undefined',
  ],
  [{ redis: {} }, 'or a client of ioredis, node-redis or @upstash/redis, got an object'],
  [{ redis: 'localhost:6379' }, "got 'localhost:6379'"],
  [{ redis: 'http://user:secret@localhost' }, "got 'http://***@localhost'"],
  [{ redis: 'redis://user:sec@ret@host:x' }, "got 'redis://***@host:***'"],
  [{ redis: 'redis://host/db' }, "got 'redis://host/db'"],
  [{ redis: 'redis://host:99999' }, "got 'redis://host:99999'"],
  [{ redis: 'redis://%zz@host' }, "got 'redis://***@host'"],
  [
    { redis: { cluster: [REDIS] } },
    'shards: expected a number for a Redis Cluster, such as that of its masters, got none',
  ],
  [{ redis: { cluster: REDIS }, shards: 3 }, 'redis: expected a list of one URL or more in cluster, got string'],
  [{ redis: { cluster: [] }, shards: 3 }, 'redis: expected a list of one URL or more in cluster, got another list'],
  [
    { redis: { cluster: [`${REDIS}/1`] }, shards: 3 },
    "without a database for the nodes of a cluster, got 'redis://localhost:6379/1'",
  ],
  [
    { redis: { cluster: ['redis://a:secret@x', 'redis://b:secret@x'] }, shards: 3 },
    'redis: expected the same scheme, user and password for all nodes of a cluster, got different ones',
  ],
  [{ redis: { cluster: ['http://a:secret@x'] }, shards: 3 }, "got 'http://***@x'"],
  [
    { redis: { cluster: [REDIS], name: 'x' }, shards: 3 },
    'redis: expected only cluster, tls in such a location, got name',
  ],
  [
    { redis: { sentinels: [REDIS] } },
    'redis: expected the name of the master, such as mymaster, beside sentinels, got none',
  ],
  [{ redis: { sentinels: [REDIS], name: 'm', password: 5 } }, 'redis: expected a text in password, got number'],
  [{ redis: { sentinels: [REDIS], name: 'm', db: -1 } }, 'redis: expected a database from 0 in db, got -1'],
  [{ redis: { url: REDIS, tls: {} } }, "redis: expected rediss:// where tls is given, got 'redis://localhost:6379/0'"],
  [{ redis: { url: REDIS, tls: true } }, 'redis: expected options of tls.connect in tls, got boolean'],
  [{ redis: new URL('http://user:secret@localhost/') }, "got 'http://***@localhost/'"],
  [{ redis: { host: '', port: 1 } }, 'redis: expected a text in host, got an empty one'],
  [{ redis: { port: '6379' } }, "redis: expected a port from 1 to 65535, got '6379'"],
  [{ redis: { host: 'a', path: '/x.sock' } }, 'redis: expected either path, or host and port, got both'],
  [{ redis: { host: 'a', db: 1.5 } }, 'redis: expected a database from 0 in db, got 1.5'],
  [
    { redis: { host: 'a', keyPrefix: 'x' } },
    'redis: expected only host, port, path, username, password, db, tls in such a location, got keyPrefix',
  ],
  [{ redis: { token: 'x' } }, 'redis: expected https://… without a user in url, beside a token'],
  [{ redis: { url: REDIS, token: 'x' } }, "beside a token, got 'redis://localhost'"],
  [{ redis: { url: 'https://a', token: '' } }, 'redis: expected a text in token, got an empty one'],
  [
    { redis: { url: 'https://a', token: 'x', encoding: 'hex' } },
    "redis: expected base64 or none in encoding, got 'hex'",
  ],
  [
    { redis: { url: 'https://a', token: 'x', tls: {} } },
    'redis: expected only url, token, encoding in such a location, got tls',
  ],
];

const LOCAL = { host: '127.0.0.1', port: 6379, db: 0 };

it.each<[redis: RedisLocation, options: object, display: string]>([
  [new URL('redis://:p@a:7000/2'), { host: 'a', port: 7000, db: 2, password: 'p' }, 'redis://a:7000/2'],
  [{ url: new URL('redis://a') }, { host: 'a', port: 6379, db: 0 }, 'redis://a:6379/0'],
  [{ host: 'a', port: 7000, password: 'p' }, { host: 'a', port: 7000, db: 0, password: 'p' }, 'redis://a:7000/0'],
  [{ port: 6379, db: 3 }, { ...LOCAL, db: 3 }, 'redis://127.0.0.1:6379/3'],
  [
    { host: '::1', username: 'u', tls: {} },
    { host: '::1', port: 6379, db: 0, username: 'u', tls: {} },
    'rediss://[::1]:6379/0',
  ],
  [{ path: '/run/x.sock' }, { path: '/run/x.sock', db: 0 }, 'unix:///run/x.sock'],
])('takes the location %j', (redis, options, display) => {
  expect(resolveOptions({ redis }).redis).toEqual({ options, display });
});

it.each(invalidOptions)('reports the error in %j', (options, message) => {
  const construct = (): RedisMetricsService => new RedisMetricsService({ redis: REDIS, ...options });
  expect(construct).toThrow(RedisMetricsError);
  expect(construct).toThrow(message);
  expect(construct).toThrow(expect.objectContaining({ code: 'invalid_option' }));
});

it.each([undefined, null, 5, 'redis://localhost'])('expects an object, not %j', (options) => {
  expect(() => resolveOptions(options)).toThrow(
    /^options: expected an object such as \{ redis: url \}, got (null|undefined|number|string)$/,
  );
});

describe('a client that is given', () => {
  it('must not add a prefix of its own, since key and argument would disagree', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' });
    expect(() => resolveOptions({ redis: client })).toThrow(/a client without keyPrefix.*got keyPrefix 'app:'$/);
  });

  it('must not add one on the nodes of a cluster either, and needs shards there', () => {
    const prefixed = { lazyConnect: true, redisOptions: { keyPrefix: 'app:' } };
    const client = new Cluster([{ host: '127.0.0.1' }], prefixed);
    expect(() => resolveOptions({ redis: client, shards: 3 })).toThrow(/got keyPrefix 'app:'$/);
    const plain = new Cluster([{ host: '127.0.0.1' }], { lazyConnect: true });
    expect(() => resolveOptions({ redis: plain })).toThrow(/^shards: expected a number for a Redis Cluster/);
    expect(resolveOptions({ redis: plain, shards: 3 })).toMatchObject({ redis: plain, shards: 3 });
  });

  it('is taken as it is', () => {
    const client = new Redis({ lazyConnect: true });
    expect(resolveOptions({ redis: client }).redis).toBe(client);
  });
});
