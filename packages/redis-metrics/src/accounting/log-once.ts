import type { Logger } from './logger.js';

// Keys may contain names from the application's data, so the set of them must be bounded.
const MAX_REMEMBERED = 1000;

/** Logs each kind of warning once. */
export class LogOnce {
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Logs `message`, unless a warning with the same `key` was logged before, or a thousand others. */
  warn(key: string, message: string | (() => string)): void {
    if (this.#logged.has(key) || this.#logged.size >= MAX_REMEMBERED) return;
    this.#logged.add(key);
    const text = typeof message === 'string' ? message : message();
    this.#logger.warn(
      this.#logged.size < MAX_REMEMBERED ? text : `${text} (last warning of this kind; stats() keeps counting)`,
    );
  }
}
