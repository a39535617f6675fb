import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after a small random delay. */
export type HandlerDelay = () => Promise<void>;

/** Random source and timer. */
export interface DelayOptions {
  /** From 0 to 1, 1 excluded; default `Math.random`. */
  readonly random?: () => number;
  /** Milliseconds added to each time, default 0. */
  readonly extraMs?: number;
  /** Resolves after the given milliseconds; default a timer. */
  readonly wait?: (delayMs: number) => Promise<unknown>;
}

/** A delay spread evenly from 0 to `maxMs` milliseconds, and `extraMs`; where both are 0 it is none at all, not even a timer. */
export function handlerDelay(maxMs: number, options: DelayOptions = {}): HandlerDelay {
  const { random = Math.random, extraMs = 0, wait: pass = wait } = options;
  return async () => {
    if (maxMs > 0 || extraMs > 0) await pass(extraMs + random() * maxMs);
  };
}
