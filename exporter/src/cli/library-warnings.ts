import { format } from 'node:util';
import type { Logger } from '../logger.js';

/**
 * What libraries print to the console goes to the log, each text once: ioredis says at every connection that a password is
 * not needed or that a user may not ask for INFO.
 */
export function logLibraryWarnings(logger: Logger): void {
  const said = new Set<string>();
  console.warn = (...parts: unknown[]): void => {
    const text = format(...parts);
    if (said.has(text)) return;
    said.add(text);
    logger.warn(text);
  };
}
