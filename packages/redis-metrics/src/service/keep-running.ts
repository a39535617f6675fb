const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps the process running while something is awaited, since neither the timers nor the connection of this library do.
 * @returns what lets it end
 */
export function keepRunning(): () => void {
  const timer = setInterval(() => undefined, LONGEST_TIMER_MS);
  return () => clearInterval(timer);
}
