import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { parse } from 'yaml';
import { ExporterError } from '../exporter-error.js';

/** Users and TLS of the server. */
export interface WebConfiguration {
  /** Undefined for plain HTTP. */
  readonly tls:
    (SecureContextOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean }) | undefined;
  /** bcrypt hashes by user; empty if no login is required. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers added to every answer. */
  readonly headers: ReadonlyMap<string, string>;
  /** The files it was read from; it is reloaded when one of them changes. */
  readonly files: readonly string[];
}

/** Plain HTTP without login. */
export const OPEN_WEB: WebConfiguration = { tls: undefined, users: new Map(), headers: new Map(), files: [] };

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};
const HEADERS = [
  'Content-Security-Policy',
  'X-Frame-Options',
  'X-Content-Type-Options',
  'X-XSS-Protection',
  'Strict-Transport-Security',
];
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a web configuration file in the format that Prometheus's exporters share (exporter-toolkit,
 * docs/web-configuration.md).
 * @throws ExporterError `invalid_configuration` for a file that cannot be read, a field that is not known or not
 * supported here, and a certificate or key that does not fit
 */
export function readWebConfiguration(path: string): WebConfiguration {
  const files = [path];
  const invalid = (message: string, cause?: unknown): ExporterError =>
    new ExporterError('invalid_configuration', `${path}: ${message}`, { cause });
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw invalid(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  };
  const fields = (value: unknown, where: string, known: readonly string[]): Fields => {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value))
      throw invalid(`${where}: expected fields, got ${shown(value)}`);
    const unknown = Object.keys(value).find((name) => !known.includes(name));
    if (unknown !== undefined) throw invalid(`${where}: unknown field ${unknown}; expected one of ${known.join(', ')}`);
    return value as Fields;
  };
  const text = (value: unknown, where: string): string | undefined => {
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw invalid(`${where}: expected text, got ${shown(value)}`);
    return value;
  };

  let document: unknown;
  try {
    document = parse(read(path));
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw invalid(
      `expected YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      error,
    );
  }
  const top = fields(document, 'the file', ['tls_server_config', 'http_server_config', 'basic_auth_users']);
  return {
    tls: top['tls_server_config'] === undefined ? undefined : readTls(),
    users: readUsers(),
    headers: readHeaders(),
    files,
  };

  function readUsers(): Map<string, string> {
    const users = top['basic_auth_users'] ?? {};
    if (typeof users !== 'object' || Array.isArray(users)) throw invalid('basic_auth_users: expected users and hashes');
    return new Map(
      Object.entries(users as Fields).map(([user, hash]) => {
        // Not shown: it may be the password itself instead of a hash.
        if (typeof hash !== 'string' || !BCRYPT.test(hash))
          throw invalid(`basic_auth_users: ${user}: expected a bcrypt hash`);
        return [user, hash];
      }),
    );
  }

  function readHeaders(): Map<string, string> {
    const http = fields(top['http_server_config'], 'http_server_config', ['http2', 'headers']);
    const headers = fields(http['headers'], 'http_server_config.headers', HEADERS);
    return new Map(
      Object.entries(headers).flatMap(([name, raw]) => {
        const value = text(raw, `http_server_config.headers.${name}`);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }

  function readTls(): NonNullable<WebConfiguration['tls']> {
    const where = 'tls_server_config';
    const tls = fields(top[where], where, [
      'cert',
      'key',
      'client_ca',
      'cert_file',
      'key_file',
      'client_ca_file',
      'client_auth_type',
      'min_version',
      'max_version',
      'prefer_server_cipher_suites',
    ]);
    const pem = (name: string): string | undefined => {
      const inline = text(tls[name], `${where}.${name}`);
      const file = text(tls[`${name}_file`], `${where}.${name}_file`);
      if (inline !== undefined && file !== undefined) throw invalid(`${where}: both ${name} and ${name}_file`);
      if (file === undefined) return inline;
      const absolute = resolve(dirname(path), file);
      files.push(absolute);
      return read(absolute);
    };
    const version = (name: string, otherwise: SecureVersion): SecureVersion => {
      const value = text(tls[name], `${where}.${name}`);
      if (value === undefined) return otherwise;
      const known = VERSIONS[value];
      if (known === undefined)
        throw invalid(`${where}.${name}: expected one of ${Object.keys(VERSIONS).join(', ')}, got ${shown(value)}`);
      return known;
    };
    const [cert, key, ca] = [pem('cert'), pem('key'), pem('client_ca')];
    if (cert === undefined || key === undefined) throw invalid(`${where}: expected a certificate and its key`);
    const clientAuth = text(tls['client_auth_type'], `${where}.client_auth_type`) ?? 'NoClientCert';
    if (!['NoClientCert', 'RequireAndVerifyClientCert'].includes(clientAuth)) {
      throw invalid(
        `${where}.client_auth_type: expected NoClientCert or RequireAndVerifyClientCert, got ${shown(clientAuth)}`,
      );
    }
    const requestCert = clientAuth === 'RequireAndVerifyClientCert';
    if (requestCert && ca === undefined) throw invalid(`${where}: RequireAndVerifyClientCert needs client_ca_file`);
    const options = {
      cert,
      key,
      ...(ca === undefined ? {} : { ca }),
      minVersion: version('min_version', 'TLSv1.2'),
      maxVersion: version('max_version', 'TLSv1.3'),
      honorCipherOrder: tls['prefer_server_cipher_suites'] !== false,
    };
    try {
      createSecureContext(options);
    } catch (error) {
      throw invalid(
        `${where}: the certificate and key do not match: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
    return { ...options, requestCert, rejectUnauthorized: requestCert };
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value) || String(value);
}
