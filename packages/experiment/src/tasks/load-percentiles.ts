const DEFAULT_PERCENTILES = [50, 75, 90, 95, 99, 99.9];

/** The percentiles to report: 50, 75, 90, 95, 99, 99.9 and those asked for, ascending. */
export function loadPercentiles(asked: readonly number[] = []): number[] {
  return [...new Set([...DEFAULT_PERCENTILES, ...asked])].sort((a, b) => a - b);
}
