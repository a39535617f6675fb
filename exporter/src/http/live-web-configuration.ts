import { statSync } from 'node:fs';
import { OPEN_WEB, readWebConfiguration, type WebConfiguration } from './web-configuration.js';
import type { Logger } from '../logger.js';

const CHECK_INTERVAL_MS = 1000;

/** A web configuration that follows its files: a renewed certificate needs no restart. */
export class LiveWebConfiguration {
  #current: WebConfiguration;
  #stamp: string;
  #trouble: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #path: string | undefined;
  readonly #logger: Logger;

  /** @throws ExporterError `invalid_configuration` */
  constructor(path: string | undefined, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    this.#current = path === undefined ? OPEN_WEB : readWebConfiguration(path);
    this.#stamp = stampOf(this.#current.files);
  }

  /** What the files said when they were last good. */
  get current(): WebConfiguration {
    return this.#current;
  }

  /**
   * Looks at the files once a second from now on: not with a request, as a client that trusts, or has, the new
   * certificate alone never gets as far.
   * @param take told of each new configuration before it holds; the one before is kept when it throws
   */
  watch(take: (next: WebConfiguration) => void): void {
    const path = this.#path;
    if (path !== undefined) this.#timer = setInterval(() => this.#follow(path, take), CHECK_INTERVAL_MS).unref();
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
  }

  #follow(path: string, take: (next: WebConfiguration) => void): void {
    const stamp = stampOf(this.#current.files);
    if (stamp === this.#stamp) return;
    try {
      const next = readWebConfiguration(path);
      // A server has both from its start on; a renewed secure context changes neither.
      if (next.tls?.requestCert !== this.#current.tls?.requestCert) {
        this.#say('switching TLS or client certificates on or off needs a restart');
        return;
      }
      take(next);
      this.#current = next;
      this.#stamp = stampOf(next.files);
      this.#trouble = undefined;
      this.#logger.info('web configuration read again');
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  #say(trouble: string): void {
    if (trouble !== this.#trouble) this.#logger.error(`web configuration kept as it was: ${trouble}`);
    this.#trouble = trouble;
  }
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'gone' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join(',');
}
