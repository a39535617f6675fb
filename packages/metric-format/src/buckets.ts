/** Bounds for durations in milliseconds, when a histogram names none. */
export const DEFAULT_BUCKETS: readonly number[] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** The index of the bucket `value` falls in: the first whose bound is at least `value`, or `bounds.length` for +Inf. */
export function bucketIndex(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (bounds[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Counts summed up from the first bucket on: what `_bucket{le}` shows. The last is the number of observations. */
export function cumulativeCounts(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((n) => (sum += n));
}
