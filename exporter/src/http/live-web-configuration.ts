import { fileStamp } from '@redmeter/http-server';
import { OPEN_WEB, readWebConfiguration, type WebConfiguration } from './web-configuration.js';
import type { Logger } from '../logger.js';

const CHECK_INTERVAL_MS = 1000;

/** A web configuration that is reloaded when its files change, so that a renewed certificate needs no restart. */
export class LiveWebConfiguration {
  #current: WebConfiguration;
  #stamp: string;
  #failure: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #path: string | undefined;
  readonly #logger: Logger;

  /** @throws ExporterError `invalid_configuration` */
  constructor(path: string | undefined, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    this.#current = path === undefined ? OPEN_WEB : readWebConfiguration(path);
    this.#stamp = fileStamp(this.#current.files);
  }

  /** The content of the files when they were last valid. */
  get current(): WebConfiguration {
    return this.#current;
  }

  /**
   * Checks the files once a second from now on. Checking them on each request is not enough: a client that trusts, or
   * has, only the new certificate never completes a request.
   * @param take called with each new configuration before it is used; when it throws, the previous one is kept
   */
  watch(take: (next: WebConfiguration) => void): void {
    const path = this.#path;
    if (path !== undefined) this.#timer = setInterval(() => this.#follow(path, take), CHECK_INTERVAL_MS).unref();
  }

  /** Stops watching. */
  close(): void {
    clearInterval(this.#timer);
  }

  #follow(path: string, take: (next: WebConfiguration) => void): void {
    const stamp = fileStamp(this.#current.files);
    if (stamp === this.#stamp) return;
    try {
      const next = readWebConfiguration(path);
      // Both are fixed when the server starts; a new secure context changes neither.
      if (next.tls?.requestCert !== this.#current.tls?.requestCert) {
        this.#logFailure('switching TLS or client certificates on or off needs a restart');
        return;
      }
      take(next);
      this.#current = next;
      this.#stamp = fileStamp(next.files);
      this.#failure = undefined;
      this.#logger.info('web configuration reloaded');
    } catch (error) {
      this.#logFailure(error instanceof Error ? error.message : String(error));
    }
  }

  #logFailure(failure: string): void {
    if (failure !== this.#failure) this.#logger.error(`web configuration not reloaded: ${failure}`);
    this.#failure = failure;
  }
}
