import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';

const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;

/** Buckets with observations: their counts by index as Prometheus has it, ascending. */
export type BucketMap = ReadonlyMap<number, number>;

/** The buckets of an exponential histogram as those of a native one. */
export interface NativePoint {
  readonly schema: number;
  readonly zeroCount: number;
  readonly positive: BucketMap;
  readonly negative: BucketMap;
}

/**
 * Converts an exponential histogram: bucket i of OpenTelemetry, (base^i, base^(i+1)], is bucket i + 1 of Prometheus. Scales above 8 are lowered,
 * which is exact. With a scale below -4, which Prometheus refuses, observations are counted in the bucket of schema -4 that holds the upper
 * bound of their own.
 */
export function nativePoint({ scale, zeroCount, positive, negative }: ExponentialHistogram): NativePoint {
  const schema = Math.min(MAX_SCHEMA, Math.max(MIN_SCHEMA, scale));
  return {
    schema,
    zeroCount,
    positive: bucketMap(positive, scale - schema),
    negative: bucketMap(negative, scale - schema),
  };
}

/** The same observations with a lower schema. */
function lowered(point: NativePoint, schema: number): NativePoint {
  const levels = point.schema - schema;
  return {
    schema,
    zeroCount: point.zeroCount,
    positive: moved(point.positive, levels),
    negative: moved(point.negative, levels),
  };
}

/** What was counted since `before`; undefined when that is not a part of `now`. */
export function nativeRise(now: NativePoint, before: NativePoint): NativePoint | undefined {
  if (now.schema > before.schema || now.zeroCount < before.zeroCount) return undefined;
  const old = lowered(before, now.schema);
  const positive = bucketRise(now.positive, old.positive);
  const negative = bucketRise(now.negative, old.negative);
  if (positive === undefined || negative === undefined) return undefined;
  return { schema: now.schema, zeroCount: now.zeroCount - before.zeroCount, positive, negative };
}

function bucketMap({ offset, bucketCounts }: ExponentialHistogram['positive'], levels: number): BucketMap {
  return moved(
    bucketCounts.map((count, i) => [offset + i + 1, count] as const),
    levels,
  );
}

/** Buckets whose schema is lowered by so many levels, or raised where the number is negative. */
function moved(buckets: Iterable<readonly [index: number, count: number]>, levels: number): BucketMap {
  const all = new Map<number, number>();
  for (const [index, count] of buckets) {
    // -0 is 0.
    const target = Math.ceil(index / 2 ** levels) + 0;
    if (count > 0) all.set(target, (all.get(target) ?? 0) + count);
  }
  return all;
}

function bucketRise(now: BucketMap, before: BucketMap): BucketMap | undefined {
  for (const [index, count] of before) if (count > (now.get(index) ?? 0)) return undefined;
  return new Map(
    [...now].map(([index, count]) => [index, count - (before.get(index) ?? 0)] as const).filter(([, rise]) => rise > 0),
  );
}
