import type { Logger } from '../logger.js';

/** Says when Redis cannot be read and when it can again, and when reading it takes longer than a scraper waits. */
export class ReadLog {
  readonly #logger: Logger;
  #isDown: boolean | undefined;
  /** The shortest time that ran out during the reading under way, in milliseconds. */
  #ranOutMs: number | undefined;
  /** The shortest time that was too short since that was said; undefined while all are long enough. */
  #tooShortMs: number | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes in that somebody waited no longer for the reading under way. */
  noteLate(timeoutMs: number): void {
    this.#ranOutMs = Math.min(timeoutMs, this.#ranOutMs ?? timeoutMs);
  }

  /**
   * Takes in how a reading went.
   * @param trouble why it failed; undefined when it did not
   */
  noteRead(trouble: string | undefined, tookMs: number): void {
    const ranOutMs = this.#ranOutMs;
    this.#ranOutMs = undefined;
    if (trouble !== undefined) {
      if (this.#isDown !== true) this.#logger.error(`Redis cannot be read, answering without series: ${trouble}`);
      this.#isDown = true;
      return;
    }
    if (this.#isDown === true) this.#logger.info('Redis can be read again');
    this.#isDown = false;
    if (ranOutMs !== undefined) {
      if (this.#tooShortMs === undefined) {
        const took = `${Math.round(tookMs)} ms`;
        this.#logger.warn(`reading Redis took ${took}, a scrape that had ${ranOutMs} ms got no series`);
      }
      this.#tooShortMs = Math.min(ranOutMs, this.#tooShortMs ?? ranOutMs);
    } else if (this.#tooShortMs !== undefined && tookMs < this.#tooShortMs) {
      this.#tooShortMs = undefined;
      this.#logger.info('reading Redis takes no longer than scrapes wait');
    }
  }
}
