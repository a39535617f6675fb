import { performance } from 'node:perf_hooks';

/** Monotonic time in milliseconds: for ages and intervals, not for dates. */
export type Clock = () => number;

/** The monotonic clock of the process. */
export const monotonicClock: Clock = () => performance.now();
