/** The number of values in ]lower, upper]. */
export type HistogramBucket = { readonly lower: number; readonly upper: number; readonly count: number };

/** Buckets of a metric that a back end or a result of Iter8 gave, ascending and without overlap. */
export type MetricHistogram = readonly HistogramBucket[];

/**
 * Puts buckets that overlap, as those of several runs do, into buckets that do not: of an old bucket each new one gets the part that
 * its width is of the old one's. Buckets without a width or a count are left out.
 */
export function withoutOverlap(buckets: readonly HistogramBucket[]): MetricHistogram {
  const wide = buckets.filter(({ lower, upper, count }) => upper > lower && count > 0);
  const edges = [...new Set(wide.flatMap(({ lower, upper }) => [lower, upper]))].sort((a, b) => a - b);
  const counts = new Float64Array(edges.length);
  const places = new Map(edges.map((edge, index) => [edge, index]));
  for (const { lower, upper, count } of wide) {
    const last = places.get(upper) ?? 0;
    for (let index = places.get(lower) ?? 0; index < last; index += 1) {
      const width = (edges[index + 1] ?? upper) - (edges[index] ?? lower);
      counts[index] = (counts[index] ?? 0) + (count * width) / (upper - lower);
    }
  }
  return edges.slice(0, -1).flatMap((lower, index) => {
    const [upper = lower, count = 0] = [edges[index + 1], counts[index]];
    return count > 0 ? [{ lower, upper, count }] : [];
  });
}
