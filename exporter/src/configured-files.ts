import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf } from './error-text.js';
import { ExporterError } from './exporter-error.js';

/** Files with certificates, as flags name them. */
export interface TlsFiles {
  /** A PEM file of trusted certificate authorities; by default those of the system. */
  readonly tlsCaFile: string | undefined;
  /** PEM files of the client certificate and its key, for a server that requires one. */
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** The name that the server's certificate must have if it is not the host. */
  readonly tlsServerName: string | undefined;
}

/** What TlsFiles hold, in the options of node:tls. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * Reads certificates.
 * @param flags what their flags begin with, such as `--redis.tls`
 * @throws ExporterError `invalid_configuration` for files that cannot be read, are no certificates, or do not fit
 */
export function readTls(flags: string, { tlsCaFile, tlsCertFile, tlsKeyFile, tlsServerName }: TlsFiles): TlsSettings {
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new ExporterError('invalid_configuration', `${flags}.cert-file and ${flags}.key-file: expected both or none`);
  }
  const context = {
    ...(tlsCaFile === undefined ? {} : { ca: readText(`${flags}.ca-file`, tlsCaFile) }),
    ...(tlsCertFile === undefined ? {} : { cert: readText(`${flags}.cert-file`, tlsCertFile) }),
    ...(tlsKeyFile === undefined ? {} : { key: readText(`${flags}.key-file`, tlsKeyFile) }),
  };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new ExporterError(
      'invalid_configuration',
      `${flags}: expected certificates and a matching key in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { ...context, ...(tlsServerName === undefined ? {} : { servername: tlsServerName }) };
}

/**
 * Reads a password or a token, of which one final line feed is not part; undefined without a file.
 * @throws ExporterError `invalid_configuration` if the file cannot be read
 */
export function readSecret(flag: string, path: string | undefined): string | undefined {
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
