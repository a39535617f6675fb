import { inspect } from 'node:util';
import { withoutPassword, type ConnectionOptions } from '@redmeter/redis-connector';
import { parseServerUrl, type RedisAddress } from './redis-address.js';
import type { RedisClient } from './redis-client.js';

const FORMS =
  'redis://[user:password@]host[:port][/database], rediss://…, unix://path, { url, tls }, { cluster: [url, …] }, { sentinels: [url, …], name }, or an ioredis client';

/** The option `redis` is invalid. */
export class LocationError extends Error {
  override readonly name = 'LocationError';
}

/**
 * Parses the option `redis`.
 * @throws LocationError with what was expected and what was got, without passwords
 */
export function readLocation(value: unknown): RedisAddress | RedisClient {
  if (typeof value === 'string') return readServer(value, undefined);
  if (isRedisClient(value)) return checkClient(value);
  if (typeof value !== 'object' || value === null) throw invalidLocation(FORMS, typeof value);
  const names = Object.keys(value);
  const given = value as Readonly<Record<string, unknown>>;
  const expectOnly = (...known: readonly string[]): void => {
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) throw invalidLocation(`only ${known.join(', ')} in such a location`, unknown);
  };
  if ('cluster' in given) {
    expectOnly('cluster', 'tls');
    return readCluster(given['cluster'], readTls(given['tls']));
  }
  if ('sentinels' in given) {
    expectOnly('sentinels', 'name', 'username', 'password', 'db', 'tls');
    return readSentinels(given);
  }
  if ('url' in given) {
    expectOnly('url', 'tls');
    if (typeof given['url'] !== 'string') throw invalidLocation('a URL in url', typeof given['url']);
    return readServer(given['url'], readTls(given['tls']));
  }
  throw invalidLocation(FORMS, 'an object');
}

/** Whether a location is a Redis Cluster, which needs shards. */
export function isCluster(redis: RedisAddress | RedisClient): boolean {
  return 'display' in redis ? redis.discovery?.kind === 'cluster' : redis.isCluster;
}

function readServer(url: string, tls: ConnectionOptions['tls']): RedisAddress {
  const address = parseServerUrl(url);
  if (address === undefined) throw invalidLocation(FORMS, inspect(withoutPassword(url)));
  if (tls === undefined) return address;
  if (address.options.tls === undefined)
    throw invalidLocation('rediss:// where tls is given', inspect(address.display));
  return { ...address, options: { ...address.options, tls } };
}

function readCluster(urls: unknown, tls: ConnectionOptions['tls']): RedisAddress {
  const nodes = readUrls('cluster', urls).map((url) => readServer(url, tls));
  for (const { options, display } of nodes) {
    if (options.host === undefined || options.db !== 0) {
      throw invalidLocation('redis:// or rediss:// without a database for the nodes of a cluster', inspect(display));
    }
  }
  const kinds = nodes.map(({ options: { username, password, tls } }) =>
    inspect([username, password, tls !== undefined]),
  );
  if (new Set(kinds).size > 1) {
    throw invalidLocation('the same scheme, user and password for all nodes of a cluster', 'different ones');
  }
  const [first] = nodes;
  return {
    options: first?.options ?? {},
    display: `the cluster of ${nodes.map(({ display }) => display.replace(/\/0$/, '')).join(', ')}`,
    discovery: { kind: 'cluster', nodes: nodes.map(({ options }) => options) },
  };
}

function readSentinels(given: Readonly<Record<string, unknown>>): RedisAddress {
  const tls = readTls(given['tls']);
  const sentinels = readUrls('sentinels', given['sentinels']).map((url) =>
    readServer(url, url.startsWith('rediss:') ? tls : undefined),
  );
  const name = readOptionalText('name', given['name']);
  if (name === undefined) throw invalidLocation('the name of the master, such as mymaster, beside sentinels', 'none');
  const db = given['db'] ?? 0;
  if (!Number.isInteger(db) || (db as number) < 0) throw invalidLocation('a database from 0 in db', inspect(db));
  const username = readOptionalText('username', given['username']);
  const password = readOptionalText('password', given['password']);
  return {
    options: {
      db: db as number,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    },
    display: `${name} of the Sentinels at ${sentinels.map(({ display }) => display.replace(/\/0$/, '')).join(', ')}`,
    discovery: { kind: 'sentinel', sentinels: sentinels.map(({ options }) => options), name },
  };
}

function readUrls(what: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((url) => typeof url === 'string')) return value;
  throw invalidLocation(`a list of one URL or more in ${what}`, Array.isArray(value) ? 'another list' : typeof value);
}

function readTls(value: unknown): ConnectionOptions['tls'] {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null) return value;
  throw invalidLocation('options of tls.connect in tls', typeof value);
}

function readOptionalText(what: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw invalidLocation(`a text in ${what}`, value === '' ? 'an empty one' : typeof value);
}

function checkClient(client: RedisClient): RedisClient {
  const prefix = [client.options.keyPrefix, client.options.redisOptions?.keyPrefix].find(
    (given) => typeof given === 'string' && given !== '',
  );
  if (prefix === undefined) return client;
  throw invalidLocation(
    'a client without keyPrefix, since keys are given to scripts as arguments too; use the option prefix',
    `keyPrefix ${inspect(prefix)}`,
  );
}

function isRedisClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  const { call, connect, on, off, status } = value as Partial<Record<keyof RedisClient, unknown>>;
  return [call, connect, on, off].every((method) => typeof method === 'function') && typeof status === 'string';
}

function invalidLocation(expected: string, got: string): LocationError {
  return new LocationError(`expected ${expected}, got ${got}`);
}
