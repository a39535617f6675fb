import { parseRedisUrl, redisEndpointName, withoutPassword, type RedisEndpoint } from '@redmeter/redis-connector';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { messageOf } from '../error-text.js';
import { ExporterError } from '../exporter-error.js';

/** Credentials and certificates for every configured Redis. */
export interface RedisAccess {
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
  /** A PEM file of trusted certificate authorities; by default those of the system. */
  readonly tlsCaFile: string | undefined;
  /** PEM files of the client certificate and its key, for a Redis that requires one. */
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** The name that certificates must have if it is not the host, such as when a cluster names its nodes by address. */
  readonly tlsServerName: string | undefined;
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
    password: secretOf('--redis.password-file', access.passwordFile) ?? access.password ?? url.password,
    tls: isTls ? readTls(access) : undefined,
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
  const password = secretOf('--redis.sentinel.password-file', sentinelPasswordFile) ?? sentinelPassword ?? '';
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

function readTls({ tlsCaFile, tlsCertFile, tlsKeyFile, tlsServerName }: RedisAccess): ConnectionOptions {
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new ExporterError(
      'invalid_configuration',
      '--redis.tls.cert-file and --redis.tls.key-file: expected both or none',
    );
  }
  const context = {
    ...(tlsCaFile === undefined ? {} : { ca: readText('--redis.tls.ca-file', tlsCaFile) }),
    ...(tlsCertFile === undefined ? {} : { cert: readText('--redis.tls.cert-file', tlsCertFile) }),
    ...(tlsKeyFile === undefined ? {} : { key: readText('--redis.tls.key-file', tlsKeyFile) }),
  };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new ExporterError(
      'invalid_configuration',
      `--redis.tls: expected certificates and a matching key in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { ...context, ...(tlsServerName === undefined ? {} : { servername: tlsServerName }) };
}

function secretOf(flag: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : readText(flag, path).replace(/\r?\n$/, '');
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ExporterError('invalid_configuration', `${flag}: cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
