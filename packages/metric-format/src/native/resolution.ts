import { loweredIndex, nativeBound } from '../native-buckets.js';
import { combine, type NativeBuckets, type SparseBuckets } from './sparse-buckets.js';

/**
 * The same observations at a lower schema, exactly: 2^d neighbouring buckets become one, as index i becomes ceil(i / 2^d).
 * @param schema at most that of the buckets; a higher one leaves them as they are
 */
export function lowerSchema(buckets: NativeBuckets, schema: number): NativeBuckets {
  if (schema >= buckets.schema) return buckets;
  const levels = buckets.schema - schema;
  return {
    ...buckets,
    schema,
    positive: merged(buckets.positive, levels),
    negative: merged(buckets.negative, levels),
  };
}

function merged({ indexes, counts }: SparseBuckets, levels: number): SparseBuckets {
  const lower: { readonly indexes: number[]; readonly counts: number[] } = { indexes: [], counts: [] };
  for (const [i, index] of indexes.entries()) {
    const target = loweredIndex(index, levels);
    const last = lower.indexes.length - 1;
    if (lower.indexes[last] === target) lower.counts[last] = (lower.counts[last] ?? 0) + (counts[i] ?? 0);
    else {
      lower.indexes.push(target);
      lower.counts.push(counts[i] ?? 0);
    }
  }
  return lower;
}

/**
 * The same observations with a wider zero bucket. Where the threshold lies within a bucket that holds any, all of that
 * bucket counts as zero and the threshold becomes its outer bound, as Prometheus does it
 * (`zeroCountForLargerThreshold` in model/histogram/float_histogram.go).
 * @param threshold at least that of the buckets; a smaller one leaves them as they are
 */
export function widenZero(buckets: NativeBuckets, threshold: number): NativeBuckets {
  const { schema, zeroThreshold, positive, negative } = buckets;
  if (threshold <= zeroThreshold) return buckets;
  let wider = threshold;
  let before: number;
  do {
    before = wider;
    wider = outerBound(schema, positive, outerBound(schema, negative, wider));
  } while (wider !== before);
  const small = (index: number): boolean => nativeBound(schema, index - 1) < wider;
  const [zeroPositive, keptPositive] = parted(positive, small);
  const [zeroNegative, keptNegative] = parted(negative, small);
  return {
    schema,
    zeroThreshold: wider,
    zeroCount: zeroNegative + buckets.zeroCount + zeroPositive,
    positive: keptPositive,
    negative: keptNegative,
  };
}

/** The threshold, or the outer bound of the bucket that it cuts. */
function outerBound(schema: number, { indexes }: SparseBuckets, threshold: number): number {
  for (const index of indexes) {
    if (nativeBound(schema, index - 1) >= threshold) break;
    const bound = nativeBound(schema, index);
    if (bound > threshold) return bound;
  }
  return threshold;
}

/** How many are in the first buckets, as far as they are small, and the other buckets. */
function parted({ indexes, counts }: SparseBuckets, isSmall: (index: number) => boolean): [number, SparseBuckets] {
  const found = indexes.findIndex((index) => !isSmall(index));
  const first = found < 0 ? indexes.length : found;
  return [
    counts.slice(0, first).reduce((sum, n) => sum + n, 0),
    { indexes: indexes.slice(first), counts: counts.slice(first) },
  ];
}

/** All observations of two histograms: at the smaller schema, with a zero bucket that holds both. */
export function addNative(one: NativeBuckets, other: NativeBuckets): NativeBuckets {
  return combined(one, other, 1);
}

/** The observations of one histogram without those of an earlier state of it, which may have had a higher schema. */
export function subtractNative(now: NativeBuckets, earlier: NativeBuckets): NativeBuckets {
  return combined(now, earlier, -1);
}

function combined(one: NativeBuckets, other: NativeBuckets, sign: 1 | -1): NativeBuckets {
  // Zero buckets first, at the schema of each: the finer the buckets, the fewer of them a threshold cuts.
  let [a, b] = [one, other];
  while (a.zeroThreshold !== b.zeroThreshold) {
    // Widening one may raise its threshold further than that of the other.
    const threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
    a = widenZero(a, threshold);
    b = widenZero(b, threshold);
  }
  const schema = Math.min(one.schema, other.schema);
  a = lowerSchema(a, schema);
  b = lowerSchema(b, schema);
  return {
    schema,
    zeroThreshold: a.zeroThreshold,
    zeroCount: a.zeroCount + sign * b.zeroCount,
    positive: combine(a.positive, b.positive, sign),
    negative: combine(a.negative, b.negative, sign),
  };
}
