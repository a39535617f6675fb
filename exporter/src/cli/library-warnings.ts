import { format } from 'node:util';
import type { Logger } from '../logger.js';

/**
 * Logs what libraries print to the console, each text once: ioredis warns at every connection about a password that is not
 * needed, or a user that may not send INFO.
 */
export function logLibraryWarnings(logger: Logger): void {
  const logged = new Set<string>();
  console.warn = (...parts: unknown[]): void => {
    const text = format(...parts);
    if (logged.has(text)) return;
    logged.add(text);
    logger.warn(text);
  };
}
