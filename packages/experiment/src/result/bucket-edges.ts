const unitEdgesMs = Array.from({ length: 13 }, (_, edge) => edge);
const decadeEdgesMs = [2000, 3000, 4000, 5000, 7500, 10_000];

/**
 * Upper edges of Iter8's latency buckets, in milliseconds, ascending: fine below 100 ms, then about a tenth of the value.
 * A bucket is ]previous edge, edge]; what is above the last edge (1,000,000 ms) falls into one more bucket.
 */
export const BUCKET_EDGES_MS: readonly number[] = [
  ...unitEdgesMs,
  ...steps(14, 20, 2),
  ...steps(25, 50, 5),
  ...steps(60, 100, 10),
  ...steps(120, 200, 20),
  ...steps(250, 500, 50),
  ...steps(600, 1000, 100),
  ...[1, 10, 100].flatMap((factor) => decadeEdgesMs.map((edge) => edge * factor)),
];

/** The index of the bucket that holds a latency in milliseconds; `BUCKET_EDGES_MS.length` is above the last edge. */
export function bucketIndexOf(latencyMs: number): number {
  let low = 0;
  let high = BUCKET_EDGES_MS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (latencyMs <= (BUCKET_EDGES_MS[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function steps(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step);
}
