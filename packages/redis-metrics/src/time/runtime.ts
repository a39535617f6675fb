import { randomUUID } from 'node:crypto';
import { monotonicClock, type Clock } from './clock.js';

/** Stops a timer; without effect when it has ended. */
export type StopTimer = () => void;

/** Time and randomness. A simulation passes its own, so that a run can be repeated. */
export interface Runtime {
  readonly clock: Clock;
  /** Calls back once after a delay. The timer does not keep the process running. */
  readonly after: (delayMs: number, callback: () => void) => StopTimer;
  /** Calls back at a fixed interval. The timer does not keep the process running. */
  readonly every: (intervalMs: number, callback: () => void) => StopTimer;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** A unique id of letters, digits and `-`. */
  readonly newId: () => string;
}

/** Time and randomness of the process. */
export const processRuntime: Runtime = {
  clock: monotonicClock,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
  every: (intervalMs, callback) => {
    const timer = setInterval(callback, intervalMs).unref();
    return () => clearInterval(timer);
  },
  random: () => Math.random(),
  newId: () => randomUUID(),
};
