const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps the process running while something is awaited, since neither the timers nor the connections of the library do.
 * @returns a function that ends it
 */
export function keepRunning(): () => void {
  const timer = setInterval(() => undefined, MAX_TIMER_MS);
  return () => clearInterval(timer);
}
