import type { Logger } from '../logger.js';

/** Logs when Redis cannot be read, when it can again, and when a read takes longer than a scraper waits. */
export class ReadLog {
  readonly #logger: Logger;
  #isDown: boolean | undefined;
  /** The shortest time that ran out during the reading under way, in milliseconds. */
  #ranOutMs: number | undefined;
  /** The shortest time that was too short since that was logged; undefined while all are long enough. */
  #tooShortMs: number | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Notes that a scrape timed out before the current read ended. */
  noteLate(timeoutMs: number): void {
    this.#ranOutMs = Math.min(timeoutMs, this.#ranOutMs ?? timeoutMs);
  }

  /**
   * Notes the outcome of a read.
   * @param failure why it failed; undefined when it succeeded
   */
  noteRead(failure: string | undefined, tookMs: number): void {
    const ranOutMs = this.#ranOutMs;
    this.#ranOutMs = undefined;
    if (failure !== undefined) {
      if (this.#isDown !== true) this.#logger.error(`Redis cannot be read, serving no series: ${failure}`);
      this.#isDown = true;
      return;
    }
    if (this.#isDown === true) this.#logger.info('Redis can be read again');
    this.#isDown = false;
    if (ranOutMs !== undefined) {
      if (this.#tooShortMs === undefined) {
        const took = `${Math.round(tookMs)} ms`;
        this.#logger.warn(`reading Redis took ${took}; a scrape with a timeout of ${ranOutMs} ms got no series`);
      }
      this.#tooShortMs = Math.min(ranOutMs, this.#tooShortMs ?? ranOutMs);
    } else if (this.#tooShortMs !== undefined && tookMs < this.#tooShortMs) {
      this.#tooShortMs = undefined;
      this.#logger.info('reading Redis is faster than the scrape timeout again');
    }
  }
}
