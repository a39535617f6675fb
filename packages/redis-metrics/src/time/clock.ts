/** Monotonic time in milliseconds: for ages and intervals, not for dates. */
export type Clock = () => number;

/** The monotonic clock of the process. Other than performance.now(), which is the same clock, it leaves no number on the heap. */
export const monotonicClock: Clock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
};
