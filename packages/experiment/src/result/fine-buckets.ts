/**
 * Base-2 exponential buckets of 128 to a doubling, as in native histograms of Prometheus and exponential ones of OpenTelemetry at scale
 * 7: bucket `index` is ]2^((index - 1)/128), 2^(index/128)] milliseconds, so that its edges are 0.55 % apart.
 */
const BUCKETS_PER_DOUBLING = 128;

/** Holds 1 µs, and all that is less. */
export const LOWEST_FINE_INDEX = Math.ceil(Math.log2(0.001) * BUCKETS_PER_DOUBLING);
/** Holds all that is above an hour. */
export const HIGHEST_FINE_INDEX = Math.ceil(Math.log2(3_600_000) * BUCKETS_PER_DOUBLING) + 1;

/** The index of the fine bucket that holds a latency in milliseconds. */
export function fineBucketIndexOf(latencyMs: number): number {
  const index = latencyMs > 0 ? Math.ceil(Math.log2(latencyMs) * BUCKETS_PER_DOUBLING) : LOWEST_FINE_INDEX;
  return Math.min(HIGHEST_FINE_INDEX, Math.max(LOWEST_FINE_INDEX, index));
}

/** The edge between a fine bucket and the next one in milliseconds, as if there were neither a lowest nor a highest. */
export function fineEdgeMs(index: number): number {
  return 2 ** (index / BUCKETS_PER_DOUBLING);
}

/** The upper edge of a fine bucket in milliseconds; infinite of the highest. */
export function fineUpperEdgeMs(index: number): number {
  return index >= HIGHEST_FINE_INDEX ? Infinity : fineEdgeMs(index);
}

/** The lower edge of a fine bucket in milliseconds; 0 of the lowest. */
export function fineLowerEdgeMs(index: number): number {
  return index <= LOWEST_FINE_INDEX ? 0 : fineEdgeMs(index - 1);
}
