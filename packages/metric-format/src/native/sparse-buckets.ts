/** Buckets by index: bucket i holds what is above 2^((i - 1) / 2^schema), up to 2^(i / 2^schema). */
export interface SparseBuckets {
  /** Whole numbers, ascending. */
  readonly indexes: readonly number[];
  /** Observations of each, whole numbers above 0; as many as indexes. */
  readonly counts: readonly number[];
}

/** How observations spread over exponential buckets. */
export interface NativeBuckets {
  /** -4 to 8: from one bucket to the next, bounds grow by 2^(2^-schema). */
  readonly schema: number;
  /** At least 0. Values up to it, of either sign, are in the zero bucket. In the unit of the metric. */
  readonly zeroThreshold: number;
  /** Observations in the zero bucket. */
  readonly zeroCount: number;
  readonly positive: SparseBuckets;
  /** Mirrored: bucket i holds what bucket i of `positive` would hold with the other sign. */
  readonly negative: SparseBuckets;
}

/** No observations. */
export const NO_BUCKETS: SparseBuckets = { indexes: [], counts: [] };

/** The observations of all native buckets, from the lowest values to the highest. */
export function nativeCounts({ zeroCount, positive, negative }: NativeBuckets): number[] {
  return [...[...negative.counts].reverse(), zeroCount, ...positive.counts];
}

/** The number of observations in native buckets. */
export function nativeCount({ zeroCount, positive, negative }: NativeBuckets): number {
  let sum = zeroCount;
  for (const count of negative.counts) sum += count;
  for (const count of positive.counts) sum += count;
  return sum;
}

/**
 * The sum of two lists of buckets of one schema, or their difference.
 * @param sign 1 to add, -1 to subtract; buckets that come to 0 are left out
 */
export function combine(one: SparseBuckets, other: SparseBuckets, sign: 1 | -1 = 1): SparseBuckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  let i = 0;
  let j = 0;
  while (i < one.indexes.length || j < other.indexes.length) {
    const a = one.indexes[i] ?? Number.POSITIVE_INFINITY;
    const b = other.indexes[j] ?? Number.POSITIVE_INFINITY;
    let count = 0;
    if (a <= b) count += one.counts[i++] ?? 0;
    if (b <= a) count += sign * (other.counts[j++] ?? 0);
    if (count === 0) continue;
    indexes.push(Math.min(a, b));
    counts.push(count);
  }
  return { indexes, counts };
}
