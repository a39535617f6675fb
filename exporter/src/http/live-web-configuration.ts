import { statSync } from 'node:fs';
import { OPEN_WEB, readWebConfiguration, type WebConfiguration } from './web-configuration.js';
import type { Logger } from '../logger.js';

const CHECK_INTERVAL_MS = 1000;

/** A web configuration that follows its files: a renewed certificate needs no restart. */
export class LiveWebConfiguration {
  #current: WebConfiguration;
  #stamp: string;
  #checkedAtMs = 0;
  #trouble: string | undefined;
  readonly #path: string | undefined;
  readonly #logger: Logger;
  readonly #now: () => number;

  /** @throws ExporterError `invalid_configuration` */
  constructor(path: string | undefined, logger: Logger, now: () => number = Date.now) {
    this.#path = path;
    this.#logger = logger;
    this.#now = now;
    this.#current = path === undefined ? OPEN_WEB : readWebConfiguration(path);
    this.#stamp = stampOf(this.#current.files);
  }

  /** The configuration as the files have it now, looked at once a second; what was good before while they are broken. */
  get(): WebConfiguration {
    const nowMs = this.#now();
    if (this.#path === undefined || nowMs - this.#checkedAtMs < CHECK_INTERVAL_MS) return this.#current;
    this.#checkedAtMs = nowMs;
    const stamp = stampOf(this.#current.files);
    if (stamp === this.#stamp) return this.#current;
    try {
      const next = readWebConfiguration(this.#path);
      // Whether to speak TLS is decided when the server starts to listen.
      if ((next.tls === undefined) !== (this.#current.tls === undefined)) {
        this.#say('switching TLS on or off needs a restart');
        return this.#current;
      }
      this.#current = next;
      this.#stamp = stampOf(next.files);
      this.#trouble = undefined;
      this.#logger.info('web configuration read again');
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
    return this.#current;
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
