import { bucketIndex, MAX_BOUNDS } from '@redmeter/metric-format';

/** Counts by bucket, as a data point has them: one more than its bounds. */
export interface BucketCounts {
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
}

/** Below all values but itself: a histogram needs one bound, and its bucket stays empty. */
const LOWEST = -Number.MAX_VALUE;

/** The finite bounds of all these lists, ascending, each once; at most 200 of them, evenly chosen if there are more. */
export function jointBounds(lists: Iterable<readonly number[]>): readonly number[] {
  const all = new Set<number>();
  // -0 and 0 are the same bound.
  for (const bounds of lists) for (const bound of bounds) if (Number.isFinite(bound)) all.add(bound + 0);
  const sorted = [...all].sort((a, b) => a - b);
  if (sorted.length === 0) return [LOWEST];
  if (sorted.length <= MAX_BOUNDS) return sorted;
  return Array.from({ length: MAX_BOUNDS }, (_, i) => sorted[Math.floor((i * sorted.length) / MAX_BOUNDS)] ?? 0);
}

/** The counts in other buckets: each is counted in the bucket that holds the upper bound of its own. */
export function countsIn(bounds: readonly number[], { boundaries, counts }: BucketCounts): number[] {
  const moved = new Array<number>(bounds.length + 1).fill(0);
  counts.forEach((count, i) => {
    const index = bucketIndex(bounds, boundaries[i] ?? Number.POSITIVE_INFINITY);
    moved[index] = (moved[index] ?? 0) + count;
  });
  return moved;
}
