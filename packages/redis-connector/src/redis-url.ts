/** A host and port, or a socket in the file system. */
export type RedisEndpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** What the URL of a Redis contains. */
export interface RedisUrl {
  readonly isTls: boolean;
  /** At least one; several are nodes of one cluster, or Sentinels. */
  readonly endpoints: readonly RedisEndpoint[];
  /** The master's name; undefined when the endpoints are Redis itself rather than Sentinels. */
  readonly master: string | undefined;
  /** Empty when the URL has none; so is the password. */
  readonly username: string;
  readonly password: string;
  readonly database: number;
  /** The URL without user and password. */
  readonly shown: string;
}

/** Where one server is and how to log in, as ioredis takes it. */
export interface RedisUrlOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
}

// A password may contain `/` or `@`, but not both: then nobody could tell where the host begins.
const URL_PARTS =
  /^(?<scheme>rediss?|rediss?-sentinel|unix):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@]*|[^/?#]*))?@)?(?<hosts>[^/?#@]*)(?<path>\/[^?#]*)?(?:\?db=(?<db>\d{1,6}))?$/i;
const HOST = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[\p{L}\p{N}._-]+))(?::(?<port>\d{1,5}))?$/iu;
const DATABASE_PATH = /^\/?(?<database>\d{0,6})$/;
const MASTER_PATH = /^\/(?<master>[\w.-]+)(?:\/(?<database>\d{0,6}))?$/;

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const MAX_PORT = 65_535;

/**
 * Reads `redis://[user:password@]host[:port][,host[:port]…][/database]`, the same with `rediss://` for TLS,
 * `redis-sentinel://host[:port],…/master[/database]`, the same with `rediss-sentinel://`, or `unix://[localhost]/path[?db=database]`. User,
 * password and path are percent-decoded.
 * @returns undefined when the text is none of these
 */
export function parseRedisUrl(text: string): RedisUrl | undefined {
  const parts = URL_PARTS.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { user, hosts = '', path = '', db } = parts;
  const scheme = (parts['scheme'] ?? '').toLowerCase();
  const isUnix = scheme === 'unix';
  const isSentinel = scheme.endsWith('-sentinel');
  if (db !== undefined && !isUnix) return undefined;
  const place = isUnix ? { database: db } : (isSentinel ? MASTER_PATH : DATABASE_PATH).exec(path)?.groups;
  const endpoints = isUnix ? socketAt(hosts, path) : hostsIn(hosts, isSentinel ? SENTINEL_PORT : REDIS_PORT);
  const username = decoded(user ?? '');
  const password = decoded(parts['password'] ?? '');
  if (place === undefined || endpoints === undefined || username === undefined || password === undefined) {
    return undefined;
  }
  return {
    isTls: scheme.startsWith('rediss'),
    endpoints,
    master: 'master' in place ? place['master'] : undefined,
    username,
    password,
    database: Number(place.database ?? 0),
    shown: user === undefined ? text : `${scheme}://***@${hosts}${path}${db === undefined ? '' : `?db=${db}`}`,
  };
}

/** A text that should be a URL of Redis, to be shown in an error: without what may be part of a password. */
export function withoutPassword(text: string): string {
  const known = parseRedisUrl(text);
  if (known !== undefined) return known.shown;
  const scheme = /^[a-z][a-z0-9+.-]*:\/+/i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const place = rest
    .slice(rest.lastIndexOf('@') + 1)
    .replace(/[?#].*$/s, '?***')
    // What follows a colon and is no port.
    .replace(/:(?!\d{0,5}(?:[,/?]|$)).*$/s, ':***');
  return `${scheme}${rest.includes('@') ? '***@' : ''}${place}`;
}

/** What a client needs to connect to an endpoint of a URL; the first one by default. */
export function redisUrlOptions(
  { database, isTls, password, username, ...url }: RedisUrl,
  endpoint = url.endpoints[0],
): RedisUrlOptions {
  const place =
    endpoint?.kind === 'tcp' ? { host: endpoint.host, port: endpoint.port } : { path: endpoint?.path ?? '' };
  return {
    ...place,
    db: database,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
}

/** What an endpoint is called: `host:port`, or its path. */
export function redisEndpointName(endpoint: RedisEndpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  const { host, port } = endpoint;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function socketAt(hosts: string, encodedPath: string): readonly RedisEndpoint[] | undefined {
  const path = decoded(encodedPath);
  // `new URL` accepts a user only before a host.
  return /^(localhost)?$/i.test(hosts) && path !== undefined && path.length > 1 ? [{ kind: 'unix', path }] : undefined;
}

function hostsIn(text: string, defaultPort: number): readonly RedisEndpoint[] | undefined {
  const endpoints: RedisEndpoint[] = [];
  for (const part of text.split(',')) {
    const { v6, name, port: digits } = HOST.exec(part)?.groups ?? {};
    const host = v6 ?? name;
    const port = Number(digits ?? defaultPort);
    if (host === undefined || port < 1 || port > MAX_PORT) return undefined;
    if (v6 !== undefined && !URL.canParse(`http://[${v6}]`)) return undefined;
    endpoints.push({ kind: 'tcp', host, port });
  }
  return endpoints;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing: the caller refuses the URL.
    return undefined;
  }
}
