import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from '../logger.js';
import { ServiceError } from '../service-error.js';
import { watchFiles } from './watched-files.js';

/** Files in PEM. */
export type CertificateFiles = { readonly cert: string; readonly key: string };

/** A certificate and its key. */
export type CertificatePair = { readonly cert: Buffer; readonly key: Buffer };

/** A certificate that follows its files: a renewed one needs no restart. */
export class Certificate {
  #pair: CertificatePair;
  readonly #takers = new Set<(pair: CertificatePair) => void>();
  readonly close: () => void;

  /** @throws ServiceError `invalid_configuration` for files that cannot be read or do not fit each other */
  constructor(files: CertificateFiles, logger: Logger) {
    this.#pair = readPair(files);
    this.close = watchFiles([files.cert, files.key], () => {
      try {
        this.#pair = readPair(files);
        for (const take of this.#takers) take(this.#pair);
        logger.info('certificate reloaded');
      } catch (error) {
        logger.error(`certificate not reloaded: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }

  /** The files' content when they last were valid. */
  get pair(): CertificatePair {
    return this.#pair;
  }

  /** Calls `take` with each renewed certificate. */
  onRenewed(take: (pair: CertificatePair) => void): void {
    this.#takers.add(take);
  }

  offRenewed(take: (pair: CertificatePair) => void): void {
    this.#takers.delete(take);
  }
}

function readPair({ cert, key }: CertificateFiles): CertificatePair {
  const pair = { cert: readPem('--tls-cert', cert), key: readPem('--tls-key', key) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `expected a certificate in ${cert} and its key in ${key}, both in PEM: ${why}`;
    throw new ServiceError('invalid_configuration', message, { cause });
  }
  return pair;
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError('invalid_configuration', `${flag}: ${why}`, { cause });
  }
}
