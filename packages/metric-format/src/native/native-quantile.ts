import { exp2, log2 } from './binary-logarithm.js';
import { nativeBound } from '../native-buckets.js';
import { nativeCount, type NativeBuckets } from './sparse-buckets.js';

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The quantile of native buckets, exactly as Prometheus 3's `histogram_quantile` interpolates it (`HistogramQuantile` in
 * promql/quantile.go): exponentially within a bucket, linearly within the zero bucket, which begins at 0 where there are
 * only positive buckets and ends there where there are only negative ones.
 * @param q from 0 to 1
 * @param sum of the observations: where it is not a number, Prometheus counts from below for every quantile
 * @returns in the unit of the metric; undefined when there are no observations
 */
export function nativeQuantile(q: number, buckets: NativeBuckets, sum: number): number | undefined {
  const observations = nativeCount(buckets);
  if (observations === 0) return undefined;
  const isFromBelow = Number.isNaN(sum) || q < 0.5;
  const rank = isFromBelow ? q * observations : (1 - q) * observations;
  const ascending = allBuckets(buckets);
  let found: Bucket | undefined;
  let count = 0;
  for (const bucket of isFromBelow ? ascending : ascending.reverse()) {
    found = bucket;
    count += bucket.count;
    if (count >= rank) break;
  }
  if (found === undefined) return undefined;
  count = Math.min(count, observations);
  const { lower, upper } = withoutOtherSign(found, buckets);
  if (count < rank) return Number.isNaN(sum) ? Number.NaN : upper;
  const fraction = (isFromBelow ? rank - (count - found.count) : count - rank) / found.count;
  return interpolated(lower, upper, fraction);
}

/** From the lowest values to the highest. */
function allBuckets({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): Bucket[] {
  const side = ({ indexes, counts }: NativeBuckets['positive'], sign: 1 | -1): Bucket[] =>
    indexes.map((index, i) => {
      const inner = nativeBound(schema, index - 1);
      const ends = [sign * (inner > 0 ? Math.max(inner, zeroThreshold) : inner), sign * nativeBound(schema, index)];
      const [lower = 0, upper = 0] = sign > 0 ? ends : ends.reverse();
      return { lower, upper, count: counts[i] ?? 0 };
    });
  const zero = zeroCount > 0 ? [{ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount }] : [];
  return [...side(negative, -1).reverse(), ...zero, ...side(positive, 1)];
}

/** The zero bucket ends at 0 on the side on which there are no others. */
function withoutOtherSign({ lower, upper }: Bucket, { positive, negative }: NativeBuckets): Omit<Bucket, 'count'> {
  if (!(lower < 0 && upper > 0)) return { lower, upper };
  const [below, above] = [negative.counts.length > 0, positive.counts.length > 0];
  if (above && !below) return { lower: 0, upper };
  return below && !above ? { lower, upper: 0 } : { lower, upper };
}

function interpolated(lower: number, upper: number, fraction: number): number {
  if (lower <= 0 && upper >= 0) return lower + (upper - lower) * fraction;
  const logLower = log2(Math.abs(lower));
  const logUpper = log2(Math.abs(upper));
  return lower > 0
    ? exp2(logLower + (logUpper - logLower) * fraction)
    : -exp2(logUpper + (logLower - logUpper) * (1 - fraction));
}
