import type { RedisOptions } from 'ioredis';

/** What a client needs to find a server. */
export type ConnectionOptions = Pick<RedisOptions, 'host' | 'port' | 'path' | 'db' | 'username' | 'password' | 'tls'>;

/** Where a Redis is, and how it is shown to people: without its password. */
export interface RedisAddress {
  readonly options: ConnectionOptions;
  readonly display: string;
  /** How the server is found out, where the options do not say it. */
  readonly discovery?: Discovery;
}

/** Whom to ask where the server is. */
type Discovery =
  | { readonly kind: 'sentinel'; readonly sentinels: readonly ConnectionOptions[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly ConnectionOptions[] };

/** Reads `redis://`, `rediss://` or `unix://`; undefined when the text is none of them. */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const credentials = readCredentials(url);
  if (credentials === undefined) return undefined;
  if (url.protocol === 'unix:') {
    const db = url.searchParams.get('db') ?? '0';
    if (url.pathname.length < 2 || !isDatabase(db)) return undefined;
    const path = decodeURIComponent(url.pathname);
    return { options: { path, ...credentials, db: Number(db) }, display: `unix://${path}` };
  }
  if ((url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') return undefined;
  const db = url.pathname.replace(/^\//, '') || '0';
  if (!isDatabase(db) || url.search !== '' || url.hash !== '') return undefined;
  const port = Number(url.port || 6379);
  // An IPv6 address stands in brackets in a URL only.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    options: { host, port, db: Number(db), ...credentials, ...(url.protocol === 'rediss:' ? { tls: {} } : {}) },
    display: `${url.protocol}//${url.hostname}:${port}/${db}`,
  };
}

/** The text without what may be a password, to be shown in an error. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z]+:\/*)?.*@/is, (_all, scheme: string | undefined) => `${scheme ?? ''}***@`);
}

function readCredentials(url: URL): Pick<ConnectionOptions, 'username' | 'password'> | undefined {
  try {
    return {
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isDatabase(text: string): boolean {
  return /^\d{1,6}$/.test(text);
}
