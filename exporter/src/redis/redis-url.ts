import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
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
  /** Who we are to Sentinels, which have users of their own. */
  readonly sentinelUser: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly sentinelPasswordFile: string | undefined;
  /** A PEM file of the authorities that certificates are checked by; the system's by default. */
  readonly tlsCaFile: string | undefined;
  /** PEM files of our own certificate and its key, for a Redis that asks for one. */
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** The name that certificates must bear where it is not the host's, e.g. as a cluster names its nodes by address. */
  readonly tlsServerName: string | undefined;
}

/** A host and port, or a socket in the file system. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Who we are on a connection, and how it is secured. */
interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** One Redis: a server, a cluster, or a master that Sentinels know by name. */
export interface RedisAddress {
  /** What it is called where there are several. */
  readonly name: string;
  /** The URL without user and password. */
  readonly shown: string;
  /** At least one; several are nodes of one cluster, or Sentinels. */
  readonly endpoints: readonly Endpoint[];
  readonly login: Login;
  readonly database: number;
  /** Undefined when the endpoints are Redis itself. */
  readonly sentinel: { readonly master: string; readonly login: Login } | undefined;
}

const EXPECTED =
  '[name=]redis://[user:password@]host[:port][,host[:port]…][/database], rediss:// for TLS, ' +
  'redis-sentinel://host[:port],…/master[/database], or unix:///path/to/socket[?db=database]';
const URL_PARTS =
  /^(?:(?<name>[\w.-]+)=)?(?<scheme>rediss?|rediss?-sentinel|unix):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@]*))?@)?(?<hosts>[^/?#]*)(?<path>\/[^?#]*)?(?:\?db=(?<db>\d{1,5}))?$/;
const HOST = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[\p{L}\p{N}._-]+))(?::(?<port>\d{1,5}))?$/u;

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

function readAddress(url: string, access: RedisAccess): RedisAddress {
  // As long as it is not clear what is the host, any piece may be one of the password.
  let got = 'what is not shown, as a password may stand in it';
  const refuse = (): ExporterError =>
    new ExporterError('invalid_configuration', `--redis: expected ${EXPECTED}, got ${got}`);
  const parts = URL_PARTS.exec(url)?.groups;
  if (parts === undefined) throw refuse();
  const { name, scheme = '', user, password = '', hosts = '', path = '', db } = parts;
  const isUnix = scheme === 'unix';
  const isSentinel = scheme.endsWith('-sentinel');
  const endpoints: readonly Endpoint[] = isUnix
    ? [{ kind: 'unix', path: decoded(path, refuse) }]
    : hosts.split(',').map((text) => readHost(text, isSentinel ? 26_379 : 6379, refuse));
  const shown = user === undefined ? url : url.replace(/:\/\/[^@]*@/, '://***@');
  if (!`${hosts}${path}`.includes('@')) got = shown;
  const [first = ''] = endpoints.map(endpointName);
  const [master = '', databasePart = ''] = isSentinel ? path.slice(1).split('/') : ['', isUnix ? '' : path.slice(1)];
  const database = /^\d{0,5}$/.exec(db ?? databasePart)?.[0];
  const isWhole = isUnix ? hosts === '' && path.length > 1 : db === undefined;
  if (!isWhole || database === undefined || (isSentinel && !/^[\w.-]+$/.test(master))) throw refuse();
  const isTls = scheme.startsWith('rediss');
  const login = newLogin({
    user: access.user ?? decoded(user ?? '', refuse),
    password: secretOf('--redis.password-file', access.passwordFile) ?? access.password ?? decoded(password, refuse),
    tls: isTls ? readTls(access) : undefined,
  });
  return {
    name: name ?? (isSentinel ? master : first),
    shown,
    endpoints,
    login,
    database: Number(database),
    sentinel: isSentinel
      ? {
          master,
          login: newLogin({
            user: access.sentinelUser ?? '',
            password:
              secretOf('--redis.sentinel.password-file', access.sentinelPasswordFile) ?? access.sentinelPassword ?? '',
            tls: login.tls,
          }),
        }
      : undefined,
  };
}

/** What an endpoint is called: `host:port`, or its path. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  const { host, port } = endpoint;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function readHost(text: string, defaultPort: number, refuse: () => ExporterError): Endpoint {
  const parts = HOST.exec(text)?.groups;
  const v6 = parts?.['v6'];
  const host = v6 ?? parts?.['name'];
  const port = Number(parts?.['port'] ?? defaultPort);
  if (host === undefined || (v6 !== undefined && !isIPv6(v6)) || port < 1 || port > 65_535) throw refuse();
  return { kind: 'tcp', host, port };
}

function decoded(text: string, refuse: () => ExporterError): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse();
  }
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
      `--redis.tls: expected certificates and a key in PEM that fit: ${messageOf(error)}`,
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
