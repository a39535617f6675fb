import { BUCKET_EDGES_MS, bucketIndexOf } from './bucket-edges.js';

/** One bucket that holds at least one latency: ]lowerMs, upperMs], the first from the minimum, the last to the maximum. */
export type LatencyBucket = { readonly lowerMs: number; readonly upperMs: number; readonly count: number };

/** Latencies as they stand in a result: moments, extremes, and the count of each bucket (ascending, empty ones left out). */
export type LatencySummary = {
  readonly count: number;
  readonly meanMs: number;
  /** Sum of the squared deviations from the mean, in ms²: the variance times the count. */
  readonly squaredDeviationsMs2: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly buckets: readonly { readonly index: number; readonly count: number }[];
};

/** A summary of no latency at all. */
export const NO_LATENCIES: LatencySummary = {
  count: 0,
  meanMs: 0,
  squaredDeviationsMs2: 0,
  minMs: 0,
  maxMs: 0,
  buckets: [],
};

/** Collects latencies one by one, without keeping them. */
export class LatencyRecorder {
  readonly #counts = new Float64Array(BUCKET_EDGES_MS.length + 1);
  #count = 0;
  #meanMs = 0;
  #squaredDeviationsMs2 = 0;
  #minMs = Infinity;
  #maxMs = -Infinity;

  /** Adds one latency in milliseconds; the moments follow Welford (Technometrics 4, 1962, p. 419). */
  record(latencyMs: number): void {
    const index = bucketIndexOf(latencyMs);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    const deviation = latencyMs - this.#meanMs;
    this.#meanMs += deviation / this.#count;
    this.#squaredDeviationsMs2 += deviation * (latencyMs - this.#meanMs);
    if (latencyMs < this.#minMs) this.#minMs = latencyMs;
    if (latencyMs > this.#maxMs) this.#maxMs = latencyMs;
  }

  /** What was recorded so far. */
  summary(): LatencySummary {
    if (this.#count === 0) return NO_LATENCIES;
    return {
      count: this.#count,
      meanMs: this.#meanMs,
      squaredDeviationsMs2: this.#squaredDeviationsMs2,
      minMs: this.#minMs,
      maxMs: this.#maxMs,
      buckets: [...this.#counts].flatMap((count, index) => (count > 0 ? [{ index, count }] : [])),
    };
  }
}

/**
 * The summary of both sets of latencies together, as if all had been recorded by one recorder; the moments follow Chan, Golub
 * and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 */
export function mergeLatencies(one: LatencySummary, other: LatencySummary): LatencySummary {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  const count = one.count + other.count;
  const difference = other.meanMs - one.meanMs;
  const countByIndex = new Map(one.buckets.map((bucket) => [bucket.index, bucket.count]));
  for (const bucket of other.buckets)
    countByIndex.set(bucket.index, (countByIndex.get(bucket.index) ?? 0) + bucket.count);
  return {
    count,
    meanMs: one.meanMs + (difference * other.count) / count,
    squaredDeviationsMs2:
      one.squaredDeviationsMs2 +
      other.squaredDeviationsMs2 +
      (difference * difference * one.count * other.count) / count,
    minMs: Math.min(one.minMs, other.minMs),
    maxMs: Math.max(one.maxMs, other.maxMs),
    buckets: [...countByIndex].map(([index, count]) => ({ index, count })).sort((a, b) => a.index - b.index),
  };
}

/** The population standard deviation in milliseconds; 0 when there is no latency. */
export function standardDeviationMs(summary: LatencySummary): number {
  return summary.count === 0 ? 0 : Math.sqrt(summary.squaredDeviationsMs2 / summary.count);
}

/** The buckets with their edges in milliseconds, narrowed to what was seen: the first starts at the minimum, the last ends at the maximum. */
export function bucketsOf(summary: LatencySummary): LatencyBucket[] {
  return summary.buckets.map(({ index, count }, position) => ({
    lowerMs: position === 0 ? summary.minMs : (BUCKET_EDGES_MS[index - 1] ?? 0),
    upperMs: position === summary.buckets.length - 1 ? summary.maxMs : (BUCKET_EDGES_MS[index] ?? summary.maxMs),
    count,
  }));
}
