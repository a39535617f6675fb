import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from '../logger.js';
import { ServiceError } from '../service-error.js';
import { watchFiles } from './watched-files.js';

/** Access control: clients with one of the tokens of a file, which is reloaded when it changes; or all clients. */
export class Tokens {
  #digests: readonly Buffer[];
  readonly close: () => void;

  /**
   * @param file one token a line; empty lines and lines that begin with # are ignored. Undefined: no token is needed
   * @throws ServiceError `invalid_configuration` for a file that cannot be read or has no token
   */
  constructor(file: string | undefined, logger: Logger) {
    this.#digests = file === undefined ? [] : readTokens(file);
    this.isOpen = file === undefined;
    this.close =
      file === undefined
        ? () => undefined
        : watchFiles([file], () => {
            try {
              this.#digests = readTokens(file);
              logger.info('tokens reloaded');
            } catch (error) {
              logger.error(`tokens not reloaded: ${error instanceof Error ? error.message : String(error)}`);
            }
          });
  }

  /** Whether no token is needed. */
  readonly isOpen: boolean;

  /** Whether an Authorization header has one of the tokens. How long it takes does not depend on the tokens. */
  accept(authorization: string | undefined): boolean {
    if (this.isOpen) return true;
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return false;
    const given = digestOf(token);
    let isKnown = false;
    // All of them, whichever is right.
    for (const digest of this.#digests) isKnown = timingSafeEqual(digest, given) || isKnown;
    return isKnown;
  }
}

function readTokens(file: string): Buffer[] {
  const invalid = (message: string, cause?: unknown): ServiceError =>
    new ServiceError('invalid_configuration', `--token-file: ${file}: ${message}`, { cause });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => line !== '' && !line.startsWith('#'));
  // Not shown: it may be a token.
  const bad = lines.findIndex((line) => !line.startsWith('#') && /\s/.test(line));
  if (bad >= 0) throw invalid(`line ${bad + 1}: expected a token without spaces`);
  if (tokens.length === 0) throw invalid('expected one token per line, got none');
  return tokens.map(digestOf);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
