const MIN_MS = 250;
const MAX_MS = 10_000;

/**
 * Milliseconds to wait after a number of consecutive failures: exponential from 250 ms to 10 s, with jitter between half and all of
 * that, so that many processes do not retry at the same moment.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_MS, MIN_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
