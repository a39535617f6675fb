import type { Logger } from './logger.js';

// What is logged once is remembered, so that must be bounded too: names come from the application's data.
const MOST_REMEMBERED = 1000;

/** Says each thing once, however often it happens. */
export class LogOnce {
  readonly #logger: Logger;
  readonly #said = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Warns with `message`, unless something of the same `key` was said before, or already a thousand other things. */
  warn(key: string, message: string | (() => string)): void {
    if (this.#said.has(key) || this.#said.size >= MOST_REMEMBERED) return;
    this.#said.add(key);
    const text = typeof message === 'string' ? message : message();
    this.#logger.warn(
      this.#said.size < MOST_REMEMBERED ? text : `${text} (the last warning of this kind; stats() counts on)`,
    );
  }
}
