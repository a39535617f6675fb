const DEFAULT_PERCENTILES = [50, 75, 90, 95, 99, 99.9];

/** The percentiles to report: 50, 75, 90, 95, 99, 99.9 and the requested ones, ascending. */
export function loadPercentiles(requested: readonly number[] = []): number[] {
  return [...new Set([...DEFAULT_PERCENTILES, ...requested])].sort((a, b) => a - b);
}
