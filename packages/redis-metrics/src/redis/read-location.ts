import { inspect } from 'node:util';
import { withoutPassword, type ConnectionOptions } from '@redmeter/redis-connector';
import { isNodeRedisClient, NodeRedisAdapter } from './clients/node-redis-client.js';
import { addressOf, parseServerUrl, type RedisAddress } from './redis-address.js';
import type { RedisClient } from './redis-client.js';
import { isUpstashClient, RestClient } from './clients/rest-client.js';

const FORMS =
  'redis://[user:password@]host[:port][/database], rediss://…, unix://path, { host, port, password }, { url, tls }, { url: "https://…", token }, { cluster: [url, …] }, { sentinels: [url, …], name }, or a client of ioredis, node-redis or @upstash/redis';

/** The option `redis` is invalid. */
export class LocationError extends Error {
  override readonly name = 'LocationError';
}

/**
 * Parses the option `redis`.
 * @throws LocationError with what was expected and what was got, without passwords
 */
export function readLocation(value: unknown): RedisAddress | RedisClient {
  if (isUrl(value)) return readServer(value, undefined);
  if (isRedisClient(value)) return checkClient(value);
  if (typeof value !== 'object' || value === null) throw invalidLocation(FORMS, typeof value);
  if (isNodeRedisClient(value)) return new NodeRedisAdapter(value);
  if (isUpstashClient(value)) return RestClient.ofUpstash(value);
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
  if ('token' in given) {
    expectOnly('url', 'token', 'encoding');
    return readRest(given);
  }
  if ('url' in given) {
    expectOnly('url', 'tls');
    if (!isUrl(given['url'])) throw invalidLocation('a URL in url', typeof given['url']);
    return readServer(given['url'], readTls(given['tls']));
  }
  if ('host' in given || 'port' in given || 'path' in given) {
    expectOnly('host', 'port', 'path', 'username', 'password', 'db', 'tls');
    return readOptions(given);
  }
  throw invalidLocation(FORMS, 'an object');
}

/** Whether a location is a Redis Cluster, which needs shards. */
export function isCluster(redis: RedisAddress | RedisClient): boolean {
  return 'display' in redis ? redis.discovery?.kind === 'cluster' : redis.isCluster;
}

function readServer(url: string | URL, tls: ConnectionOptions['tls']): RedisAddress {
  const address = parseServerUrl(String(url));
  if (address === undefined) throw invalidLocation(FORMS, inspect(withoutPassword(String(url))));
  if (tls === undefined) return address;
  if (address.options.tls === undefined)
    throw invalidLocation('rediss:// where tls is given', inspect(address.display));
  return { ...address, options: { ...address.options, tls } };
}

function readOptions(given: Readonly<Record<string, unknown>>): RedisAddress {
  const path = readOptionalText('path', given['path']);
  if (path !== undefined && ('host' in given || 'port' in given)) {
    throw invalidLocation('either path, or host and port', 'both');
  }
  const port = given['port'] ?? 6379;
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535) {
    throw invalidLocation('a port from 1 to 65535', inspect(port));
  }
  const host = readOptionalText('host', given['host']) ?? '127.0.0.1';
  return addressOf({ ...(path === undefined ? { host, port: port as number } : { path }), ...readLogin(given) });
}

function readRest({ url, token, encoding = 'base64' }: Readonly<Record<string, unknown>>): RestClient {
  const text = isUrl(url) ? String(url) : '';
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw invalidLocation('https://… without a user in url, beside a token', inspect(withoutPassword(text)));
  }
  if (typeof token !== 'string' || token === '')
    throw invalidLocation('a text in token', token === '' ? 'an empty one' : typeof token);
  if (encoding !== 'base64' && encoding !== 'none')
    throw invalidLocation('base64 or none in encoding', inspect(encoding));
  return RestClient.to({ url: parsed.href, token, encoding });
}

/** What a server needs besides its address. */
function readLogin(given: Readonly<Record<string, unknown>>): ConnectionOptions {
  const db = given['db'] ?? 0;
  if (!Number.isInteger(db) || (db as number) < 0) throw invalidLocation('a database from 0 in db', inspect(db));
  const [username, password] = (['username', 'password'] as const).map((what) => readOptionalText(what, given[what]));
  const tls = readTls(given['tls']);
  return {
    db: db as number,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
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
    readServer(url, String(url).startsWith('rediss:') ? tls : undefined),
  );
  const name = readOptionalText('name', given['name']);
  if (name === undefined) throw invalidLocation('the name of the master, such as mymaster, beside sentinels', 'none');
  return {
    options: readLogin(given),
    display: `${name} of the Sentinels at ${sentinels.map(({ display }) => display.replace(/\/0$/, '')).join(', ')}`,
    discovery: { kind: 'sentinel', sentinels: sentinels.map(({ options }) => options), name },
  };
}

function isUrl(value: unknown): value is string | URL {
  return typeof value === 'string' || Object.prototype.toString.call(value) === '[object URL]';
}

function readUrls(what: string, value: unknown): readonly (string | URL)[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isUrl)) return value;
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
