import { parseRedisUrl, redisEndpointName, withoutPassword, type RedisEndpoint } from '@redmeter/redis-connector';
import type { ConnectionOptions } from 'node:tls';
import { readSecret, readTls, type TlsFiles } from '../configured-files.js';
import { ExporterError } from '../exporter-error.js';

/**
 * Credentials and certificates for every configured Redis. A server name is for certificates without the host, such as when a cluster
 * names its nodes by address.
 */
export interface RedisAccess extends TlsFiles {
  /** Wins over the one in a URL. */
  readonly user: string | undefined;
  /** Wins over the one in a URL. */
  readonly password: string | undefined;
  /** A file with the password, of which one final line feed is not part; wins over `password`. */
  readonly passwordFile: string | undefined;
  /** The login for Sentinels, which have their own users. */
  readonly sentinelUser: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly sentinelPasswordFile: string | undefined;
}

/** Login and TLS of a connection. */
interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** One Redis: a server, a cluster, or a master that Sentinels know by name. */
export interface RedisAddress {
  /** Its name if there are several. */
  readonly name: string;
  /** The URL as configured, without user and password. */
  readonly shown: string;
  /** At least one; several are nodes of one cluster, or Sentinels. */
  readonly endpoints: readonly RedisEndpoint[];
  readonly login: Login;
  readonly database: number;
  /** Undefined when the endpoints are Redis itself. */
  readonly sentinel: { readonly master: string; readonly login: Login } | undefined;
}

const EXPECTED =
  '[name=]redis://[user:password@]host[:port][,host[:port]…][/database], rediss:// for TLS, ' +
  'redis-sentinel://host[:port],…/master[/database], or unix:///path/to/socket[?db=database]';
const NAMED = /^(?<name>[\w.-]+)=/;

/**
 * The addresses that some URLs name.
 * @throws ExporterError `invalid_configuration`; no message shows a password
 */
export function readAddresses(urls: readonly string[], access: RedisAccess): RedisAddress[] {
  const addresses = urls.map((url) => readAddress(url, access));
  if (addresses.length === 0)
    throw new ExporterError('invalid_configuration', `--redis: expected ${EXPECTED}, got none`);
  const names = addresses.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return addresses;
  throw new ExporterError('invalid_configuration', `--redis: expected another name for each, got ${twice} twice`);
}

function readAddress(text: string, access: RedisAccess): RedisAddress {
  const name = NAMED.exec(text)?.groups?.['name'];
  const prefix = name === undefined ? '' : `${name}=`;
  const urlText = text.slice(prefix.length);
  const url = parseRedisUrl(urlText);
  if (url === undefined) {
    const got = `${prefix}${withoutPassword(urlText)}`;
    throw new ExporterError('invalid_configuration', `--redis: expected ${EXPECTED}, got ${got}`);
  }
  const { database, endpoints, isTls, master } = url;
  const login = newLogin({
    user: access.user ?? url.username,
    password: readSecret('--redis.password-file', access.passwordFile) ?? access.password ?? url.password,
    tls: isTls ? readTls('--redis.tls', access) : undefined,
  });
  const [first = ''] = endpoints.map(redisEndpointName);
  return {
    name: name ?? master ?? first,
    shown: `${prefix}${url.shown}`,
    endpoints,
    login,
    database,
    sentinel: master === undefined ? undefined : { master, login: sentinelLogin(access, login.tls) },
  };
}

function sentinelLogin(access: RedisAccess, tls: ConnectionOptions | undefined): Login {
  const { sentinelPassword, sentinelPasswordFile, sentinelUser = '' } = access;
  const password = readSecret('--redis.sentinel.password-file', sentinelPasswordFile) ?? sentinelPassword ?? '';
  return newLogin({ user: sentinelUser, password, tls });
}

function newLogin(parts: {
  readonly user: string;
  readonly password: string;
  readonly tls: ConnectionOptions | undefined;
}): Login {
  return {
    ...(parts.user === '' ? {} : { username: parts.user }),
    ...(parts.password === '' ? {} : { password: parts.password }),
    ...(parts.tls === undefined ? {} : { tls: parts.tls }),
  };
}
