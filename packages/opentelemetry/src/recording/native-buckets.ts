import { loweredIndex, MIN_SCHEMA, type NativeBuckets, type SparseBuckets } from '@redmeter/metric-format';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';

/**
 * Converts an exponential histogram: bucket i of OpenTelemetry, (base^i, base^(i+1)], is bucket i + 1 of Prometheus. Scales stay as they are,
 * up to 20. With one below -4, which Prometheus refuses, observations are counted in the bucket of schema -4 that holds the upper bound of
 * their own.
 * @throws TypeError when scale or offsets are no whole numbers
 */
export function nativeBuckets({ scale, zeroCount, positive, negative }: ExponentialHistogram): NativeBuckets {
  if (![scale, positive.offset, negative.offset].every(Number.isSafeInteger)) {
    throw new TypeError('scale and offsets: expected whole numbers');
  }
  const schema = Math.max(MIN_SCHEMA, scale);
  return {
    schema,
    // The SDK counts nothing but 0 as zero.
    zeroThreshold: 0,
    zeroCount,
    positive: sparse(positive, scale - schema),
    negative: sparse(negative, scale - schema),
  };
}

/** Those that hold any, at a schema that is lower by so many levels, or higher where the number is negative. */
function sparse({ offset, bucketCounts }: ExponentialHistogram['positive'], levels: number): SparseBuckets {
  const held = [...bucketCounts.entries()].filter(([, count]) => count !== 0);
  return { indexes: held.map(([i]) => loweredIndex(offset + i + 1, levels)), counts: held.map(([, count]) => count) };
}
