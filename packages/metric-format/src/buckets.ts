import { MAX_BOUNDS } from './limits.js';

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

/** Whether a list has finite numbers alone, each above the one before it. */
export function isAscending(list: readonly unknown[]): list is readonly number[] {
  let previous = Number.NEGATIVE_INFINITY;
  // Other than every(), this also looks at the holes of a list.
  for (const number of list) {
    if (typeof number !== 'number' || !Number.isFinite(number) || number <= previous) return false;
    previous = number;
  }
  return true;
}

/** Whether a value is bounds of a histogram: 1 to 200 finite numbers in ascending order. */
export function isBounds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_BOUNDS && isAscending(value);
}
