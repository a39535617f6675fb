import {
  addNative,
  loweredIndex,
  lowerSchema,
  MAX_COUNT,
  MAX_SCHEMA,
  MIN_SCHEMA,
  nativeCount,
  nativeIndexRange,
  widenZero,
  type NativeBuckets,
  type SparseBuckets,
} from '@redmeter/metric-format';
import type { ExponentialBuckets, ExponentialPoint, MetricData } from '../decode/metrics-request.js';
import { NATIVE_LAYOUT } from './family.js';
import { effectOf, outcomeWithoutValue, rejected, type PointOutcome } from './point-outcome.js';

/** Scales that are taken, of either sign; those of OpenTelemetry's SDKs are -10 to 20. */
const MAX_SCALE = 20;

/** Exponential histograms become native ones. */
export function exponentialEffects(data: MetricData & { readonly kind: 'exponential' }): PointOutcome[] {
  return data.points.map((point) => {
    const early = outcomeWithoutValue(point, data.temporality);
    if (early !== undefined) return early;
    if (data.temporality === 'cumulative' && point.scale < MIN_SCHEMA) {
      // Their buckets move when the scale is lowered further, so that two totals cannot be compared.
      const expected = `expected a scale of at least ${MIN_SCHEMA} of a cumulative point, got ${point.scale}`;
      return rejected('invalid_histogram', expected);
    }
    const buckets = problemOf(point) ?? bucketsOf(point);
    if (typeof buckets === 'string') return rejected('invalid_histogram', buckets);
    const effect = { kind: 'native', buckets: bounded(buckets), sum: point.sum ?? 0 } as const;
    return effectOf(point, data.temporality, { type: 'histogram', native: NATIVE_LAYOUT }, effect);
  });
}

/** All observations of two points. */
export function addPoints(one: NativeBuckets, other: NativeBuckets): NativeBuckets {
  return bounded(addNative(one, other));
}

/** At a schema at which there are no more buckets than a record has, as far as that goes. */
function bounded(buckets: NativeBuckets): NativeBuckets {
  let lower = buckets;
  const size = (): number => lower.positive.indexes.length + lower.negative.indexes.length;
  while (size() > NATIVE_LAYOUT.maxBuckets && lower.schema > MIN_SCHEMA) lower = lowerSchema(lower, lower.schema - 1);
  return lower;
}

function problemOf({
  count,
  scale,
  zeroCount,
  zeroThreshold,
  positive,
  negative,
}: ExponentialPoint): string | undefined {
  if (Math.abs(scale) > MAX_SCALE) return `expected a scale from -${MAX_SCALE} to ${MAX_SCALE}, got ${scale}`;
  if (!(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) {
    return `expected a finite zero threshold of at least 0, got ${zeroThreshold}`;
  }
  const counts = [zeroCount, ...positive.counts, ...negative.counts];
  const below = counts.find((each) => each < 0);
  if (below !== undefined) return `expected bucket counts of at least 0, got ${below}`;
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total > MAX_COUNT) return `expected at most 2^53 observations, got ${total}`;
  return total === count ? undefined : `expected a count of ${total}, the sum of the buckets, got ${count}`;
}

/**
 * Bucket i of OpenTelemetry, (base^i, base^(i+1)], is bucket i + 1 of Prometheus. Scales above 8 are lowered, which is exact. With a scale
 * below -4, observations are counted in the bucket of schema -4 that holds the upper bound of their own.
 * @returns why the buckets cannot be
 */
function bucketsOf({ scale, zeroCount, zeroThreshold, positive, negative }: ExponentialPoint): NativeBuckets | string {
  const schema = Math.min(MAX_SCHEMA, Math.max(MIN_SCHEMA, scale));
  const { least, most } = nativeIndexRange(schema);
  const sparse = ({ offset, counts }: ExponentialBuckets): SparseBuckets | undefined => {
    const all = new Map<number, number>();
    for (const [i, count] of counts.entries()) {
      if (count === 0) continue;
      const moved = loweredIndex(offset + i + 1, scale - schema);
      // The buckets of such a scale reach further than doubles do.
      const index = scale < MIN_SCHEMA ? Math.min(most - 1, Math.max(least, moved)) : moved;
      if (index < least || index > most) return undefined;
      all.set(index, (all.get(index) ?? 0) + count);
    }
    return { indexes: [...all.keys()], counts: [...all.values()] };
  };
  const [above, below] = [sparse(positive), sparse(negative)];
  if (above === undefined || below === undefined) return 'expected buckets of finite values';
  // Buckets that the zero bucket covers are part of it.
  return widenZero({ schema, zeroThreshold: 0, zeroCount, positive: above, negative: below }, zeroThreshold);
}

/** Whether a sum of two is in the range of counts. */
export function fits(one: NativeBuckets, other: NativeBuckets): boolean {
  return nativeCount(one) + nativeCount(other) <= MAX_COUNT;
}
