import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ExporterError } from '../exporter-error.js';

/** Where Redis is and who we are there. */
export interface RedisAddress {
  /** `redis://` or `rediss://`; may hold a user and password. */
  readonly url: string;
  /** Wins over the one in the URL. */
  readonly user: string | undefined;
  /** Wins over the one in the URL. */
  readonly password: string | undefined;
  /** A file with the password, of which one final line feed is not part; wins over `password`. */
  readonly passwordFile: string | undefined;
  /** A PEM file of the authorities that Redis's certificate is checked by; the system's by default. */
  readonly tlsCaFile: string | undefined;
}

/** What a client is made with. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/**
 * The options of a client for an address.
 * @throws ExporterError `invalid_configuration`; no message shows a password
 */
export function clientOptions(address: RedisAddress): ClientOptions {
  const expected = 'redis://[user:password@]host[:port][/database], or rediss:// for TLS';
  const refuse = (): ExporterError =>
    new ExporterError('invalid_configuration', `--redis: expected ${expected}, got ${redacted(address.url)}`);
  if (!URL.canParse(address.url)) throw refuse();
  const { protocol, hostname, port, pathname, username, password } = new URL(address.url);
  const database = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '' || database === undefined) throw refuse();
  const user = address.user ?? decodeURIComponent(username);
  const secret =
    address.passwordFile === undefined
      ? (address.password ?? decodeURIComponent(password))
      : readSecret(address.passwordFile, '--redis.password-file').replace(/\r?\n$/, '');
  const ca = address.tlsCaFile === undefined ? {} : { ca: readSecret(address.tlsCaFile, '--redis.tls.ca-file') };
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    db: Number(database),
    ...(user === '' ? {} : { username: user }),
    ...(secret === '' ? {} : { password: secret }),
    ...(protocol === 'rediss:' ? { tls: ca } : {}),
  };
}

/** An address as it may be shown: without its password. */
export function redacted(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/@:]*:)[^@]*@/i, '$1***@');
}

function readSecret(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExporterError('invalid_configuration', `${flag}: cannot read ${path}: ${why}`, { cause: error });
  }
}
