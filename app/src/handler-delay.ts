import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after the small random time a handler takes. */
export type HandlerDelay = () => Promise<void>;

/** A delay spread evenly from 0 to `maxMs` milliseconds; 0 makes it none at all. */
export function handlerDelay(maxMs: number, random: () => number = Math.random): HandlerDelay {
  return async () => {
    if (maxMs > 0) await wait(random() * maxMs);
  };
}
