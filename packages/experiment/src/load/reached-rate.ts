import type { LoadCourse, LoadPace } from './load-engine.js';

/** Requests per second that a load reached. */
export function reachedRate({ ratePerSecond }: LoadPace, { sent, sendingMs, elapsedMs }: LoadCourse): number {
  // Between the first and the last request lie one interval fewer than requests.
  const isSpread = ratePerSecond !== null && sent > 1 && sendingMs > 0;
  return isSpread ? ((sent - 1) * 1000) / sendingMs : (sent * 1000) / elapsedMs;
}
