import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after the small random time a handler takes. */
export type HandlerDelay = () => Promise<void>;

/** What makes the time random, and passes it. */
export interface DelayOptions {
  /** From 0 to 1, 1 excluded; default `Math.random`. */
  readonly random?: () => number;
  /** Milliseconds added to each time, default 0. */
  readonly extraMs?: number;
  /** Resolves after so many milliseconds; default a timer. */
  readonly wait?: (delayMs: number) => Promise<unknown>;
}

/** A delay spread evenly from 0 to `maxMs` milliseconds, and `extraMs`; where both are 0 it is none at all, not even a timer. */
export function handlerDelay(maxMs: number, options: DelayOptions = {}): HandlerDelay {
  const { random = Math.random, extraMs = 0, wait: pass = wait } = options;
  return async () => {
    if (maxMs > 0 || extraMs > 0) await pass(extraMs + random() * maxMs);
  };
}
