import { BUCKET_EDGES_MS, bucketIndexOf } from './bucket-edges.js';
import {
  fineBucketIndexOf,
  fineLowerEdgeMs,
  fineUpperEdgeMs,
  HIGHEST_FINE_INDEX,
  LOWEST_FINE_INDEX,
} from './fine-buckets.js';

/** One bucket that holds at least one latency: ]lowerMs, upperMs], the first from the minimum, the last to the maximum. */
export type LatencyBucket = { readonly lowerMs: number; readonly upperMs: number; readonly count: number };

/**
 * Which buckets latencies were counted in: `fine` ones, or those of Iter8 (`iter8`), which are coarser and stand in results of older
 * versions.
 */
export type BucketLayout = 'fine' | 'iter8';

/** Latencies as they stand in a result: moments, extremes, and the count of each bucket (ascending, empty ones left out). */
export type LatencySummary = {
  readonly count: number;
  readonly meanMs: number;
  /** Sum of the squared deviations from the mean, in ms²: the variance times the count. */
  readonly squaredDeviationsMs2: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly layout: BucketLayout;
  readonly buckets: readonly { readonly index: number; readonly count: number }[];
};

/** A summary of no latency at all. */
export const NO_LATENCIES: LatencySummary = {
  count: 0,
  meanMs: 0,
  squaredDeviationsMs2: 0,
  minMs: 0,
  maxMs: 0,
  layout: 'fine',
  buckets: [],
};

/** Collects latencies one by one, in memory that does not grow: the error of a quantile is at most 0.55 %. */
export class LatencyRecorder {
  readonly #counts = new Float64Array(HIGHEST_FINE_INDEX - LOWEST_FINE_INDEX + 1);
  #count = 0;
  #meanMs = 0;
  #squaredDeviationsMs2 = 0;
  #minMs = Infinity;
  #maxMs = -Infinity;

  /** Adds one latency in milliseconds; the moments follow Welford (Technometrics 4, 1962, p. 419). */
  record(latencyMs: number): void {
    const index = fineBucketIndexOf(latencyMs) - LOWEST_FINE_INDEX;
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
      layout: 'fine',
      buckets: [...this.#counts].flatMap((count, index) =>
        count > 0 ? [{ index: index + LOWEST_FINE_INDEX, count }] : [],
      ),
    };
  }
}

/**
 * The summary of both sets of latencies together, as if all had been recorded by one recorder; the moments follow Chan, Golub
 * and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979). Buckets of two layouts become
 * Iter8's.
 */
export function mergeLatencies(one: LatencySummary, other: LatencySummary): LatencySummary {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  if (one.layout !== other.layout) return mergeLatencies(inIter8Layout(one), inIter8Layout(other));
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
    layout: one.layout,
    buckets: [...countByIndex].map(([index, count]) => ({ index, count })).sort((a, b) => a.index - b.index),
  };
}

/** The population standard deviation in milliseconds; 0 when there is no latency. */
export function standardDeviationMs(summary: LatencySummary): number {
  return summary.count === 0 ? 0 : Math.sqrt(summary.squaredDeviationsMs2 / summary.count);
}

/** The buckets with their edges in milliseconds, narrowed to what was seen: the first starts at the minimum, the last ends at the maximum. */
export function bucketsOf(summary: LatencySummary): LatencyBucket[] {
  const { layout, minMs, maxMs } = summary;
  return summary.buckets.map(({ index, count }, position) => ({
    lowerMs: position === 0 ? minMs : EDGES[layout].lowerMs(index),
    upperMs: position === summary.buckets.length - 1 ? maxMs : Math.min(EDGES[layout].upperMs(index), maxMs),
    count,
  }));
}

/** The same latencies in the buckets of Iter8; each fine bucket goes where its middle is. */
export function inIter8Layout(summary: LatencySummary): LatencySummary {
  if (summary.layout === 'iter8') return summary;
  const countByIndex = new Map<number, number>();
  for (const { lowerMs, upperMs, count } of bucketsOf(summary)) {
    const index = bucketIndexOf((lowerMs + upperMs) / 2);
    countByIndex.set(index, (countByIndex.get(index) ?? 0) + count);
  }
  return { ...summary, layout: 'iter8', buckets: [...countByIndex].map(([index, count]) => ({ index, count })) };
}

const EDGES = {
  fine: { lowerMs: fineLowerEdgeMs, upperMs: fineUpperEdgeMs },
  iter8: {
    lowerMs: (index: number) => BUCKET_EDGES_MS[index - 1] ?? 0,
    upperMs: (index: number) => BUCKET_EDGES_MS[index] ?? Infinity,
  },
} as const;
