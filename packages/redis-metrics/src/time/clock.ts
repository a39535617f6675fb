import { performance } from 'node:perf_hooks';

/** Milliseconds since some moment, never going back: for ages and intervals, not for dates. */
export type Clock = () => number;

/** The process's own monotonic clock. */
export const monotonicClock: Clock = () => performance.now();
