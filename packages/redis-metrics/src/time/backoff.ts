const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * Milliseconds to wait after so many failures in a row: doubling from 250 ms to 10 s, and between half and all of that,
 * so that many processes do not come back in step.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
