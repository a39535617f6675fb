import {
  DEFAULT_ZERO_THRESHOLD,
  loweredIndex,
  MAX_SCHEMA,
  MIN_SCHEMA,
  nativeIndexRange,
} from '@redmeter/metric-format';
import type { CountedObservations, NativeObservations } from './instruments.js';
import type { NativeBuckets } from './native-counts.js';
import type { SparseCounts } from './sparse-buckets.js';

/** What `merge` expects. */
export const NOT_COUNTED =
  'bounds with whole counts of at least 0, one for each bucket and one for +Inf, or a schema with indexes and counts of buckets; and a sum';

/** The finest scale that OpenTelemetry has. */
const MAX_MERGED_SCHEMA = 20;
const NONE: SparseCounts = { indexes: [], counts: [] };

/** How many observations these are; undefined when they are none. */
export function countedTotal(observations: unknown): number | undefined {
  if (typeof observations !== 'object' || observations === null) return undefined;
  const given = observations as { readonly [Name in keyof (CountedObservations & NativeObservations)]?: unknown };
  if (typeof given.sum !== 'number' || Number.isNaN(given.sum)) return undefined;
  const counts = given.schema === undefined ? classicCounts(given) : nativeCounts(given);
  return counts?.reduce((sum, count) => sum + count, 0);
}

/** Observations whose `countedTotal` is known, with defaults filled in and the schema at most 8. */
export function nativeBucketsOf(observations: NativeObservations): NativeBuckets {
  const { schema, zeroThreshold = DEFAULT_ZERO_THRESHOLD, zeroCount = 0, positive, negative } = observations;
  const levels = Math.max(0, schema - MAX_SCHEMA);
  const lowered = (buckets: SparseCounts = NONE): SparseCounts =>
    buckets.counts.includes(0) || levels > 0 ? populated(buckets, levels) : buckets;
  return {
    schema: schema - levels,
    zeroThreshold: zeroThreshold + 0,
    zeroCount,
    positive: lowered(positive),
    negative: lowered(negative),
  };
}

function populated({ indexes, counts }: SparseCounts, levels: number): SparseCounts {
  const merged = new Map<number, number>();
  indexes.forEach((index, i) => {
    const count = counts[i] ?? 0;
    const at = loweredIndex(index, levels);
    if (count > 0) merged.set(at, (merged.get(at) ?? 0) + count);
  });
  return { indexes: [...merged.keys()], counts: [...merged.values()] };
}

function classicCounts({
  bounds,
  counts,
}: {
  readonly bounds?: unknown;
  readonly counts?: unknown;
}): readonly number[] | undefined {
  if (!Array.isArray(bounds) || !isCounts(counts) || counts.length !== bounds.length + 1) return undefined;
  const isAscending = (bounds as unknown[]).every(
    (bound, i) => Number.isFinite(bound) && (i === 0 || (bound as number) > (bounds[i - 1] as number)),
  );
  return isAscending ? counts : undefined;
}

function nativeCounts(given: { readonly [Name in keyof NativeObservations]?: unknown }): readonly number[] | undefined {
  const { schema, zeroThreshold = DEFAULT_ZERO_THRESHOLD, zeroCount = 0, positive = NONE, negative = NONE } = given;
  if (!Number.isInteger(schema) || (schema as number) < MIN_SCHEMA || (schema as number) > MAX_MERGED_SCHEMA) {
    return undefined;
  }
  if (typeof zeroThreshold !== 'number' || !(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) {
    return undefined;
  }
  const counts = [[zeroCount], bucketCounts(positive, schema as number), bucketCounts(negative, schema as number)];
  return counts.every(isCounts) ? counts.flat() : undefined;
}

function bucketCounts(buckets: unknown, schema: number): unknown {
  if (typeof buckets !== 'object' || buckets === null) return undefined;
  const { indexes, counts } = buckets as { indexes?: unknown; counts?: unknown };
  if (!Array.isArray(indexes) || !Array.isArray(counts) || indexes.length !== counts.length) return undefined;
  const levels = Math.max(0, schema - MAX_SCHEMA);
  const { least, most } = nativeIndexRange(schema - levels);
  const isAscending = (indexes as unknown[]).every((index, i) => {
    if (!Number.isSafeInteger(index) || (i > 0 && (index as number) <= (indexes[i - 1] as number))) return false;
    const lowered = loweredIndex(index as number, levels);
    return lowered >= least && lowered <= most;
  });
  return isAscending ? counts : undefined;
}

function isCounts(counts: unknown): counts is readonly number[] {
  return Array.isArray(counts) && counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}
