/** Counts of values by bucket, as back ends keep them: a bucket is ]previous bound, bound], and one more holds what is above the last. */
export type Histogram = {
  /** Ascending. */
  readonly bounds: readonly number[];
  /** One more than there are bounds. */
  readonly counts: readonly number[];
  /** The sum of the values, where it is known. */
  readonly sum?: number;
};

/** One bucket with its edges; the first begins at 0 where its bound is above 0, the last has no upper edge. */
export type HistogramBucket = { readonly lower: number; readonly upper: number; readonly count: number };

/** How many values it holds. */
export function histogramCount({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Its buckets with their edges, empty ones too. */
export function histogramBuckets({ bounds, counts }: Histogram): HistogramBucket[] {
  return counts.map((count, index) => ({
    lower: bounds[index - 1] ?? ((bounds[0] ?? 0) > 0 ? 0 : -Infinity),
    upper: bounds[index] ?? Infinity,
    count,
  }));
}

/**
 * The value that `percent` of the values do not exceed, interpolated linearly within its bucket as Prometheus's `histogram_quantile` does;
 * above the last bound, that bound. Undefined when there is no value.
 */
export function histogramPercentile(histogram: Histogram, percent: number): number | undefined {
  const total = histogramCount(histogram);
  if (total === 0) return undefined;
  const rank = (percent / 100) * total;
  let below = 0;
  for (const { lower, upper, count } of histogramBuckets(histogram)) {
    if (count > 0 && rank <= below + count) {
      if (upper === Infinity) return histogram.bounds.at(-1);
      if (lower === -Infinity) return upper;
      return lower + (upper - lower) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return histogram.bounds.at(-1);
}
