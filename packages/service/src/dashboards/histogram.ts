/** A bar of a histogram as Iter8's dashboards take it. */
export type DashboardBucket = { readonly Version: string; readonly Bucket: string; readonly Value: number };

const NUM_BUCKETS = 10;

/**
 * Histograms of several versions in the same ten buckets of equal width, from the least value of all to the greatest; a bucket holds its
 * lower edge, the last one its upper too. Where all values are the same there is one bucket.
 */
export function sharedHistogram(valuesByVersion: ReadonlyMap<string, readonly number[]>): DashboardBucket[] {
  let min = Infinity;
  let max = -Infinity;
  for (const values of valuesByVersion.values()) {
    for (const value of values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  const numBuckets = min < max ? NUM_BUCKETS : 1;
  const width = (max - min) / numBuckets;
  return [...valuesByVersion].flatMap(([version, values]) => {
    const counts = new Array<number>(numBuckets).fill(0);
    for (const value of values) {
      const index = width > 0 ? Math.min(numBuckets - 1, Math.floor((value - min) / width)) : 0;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    return counts.map((count, index) => ({
      Version: version,
      Bucket: bucketLabel(min + width * index, index === numBuckets - 1 ? max : min + width * (index + 1)),
      Value: count,
    }));
  });
}

/** The edges of a bucket, cut after one decimal, as Iter8 shows them. */
export function bucketLabel(lower: number, upper: number): string {
  return `${cut(lower, 1)} - ${cut(upper, 1)}`;
}

/** A number rounded down to so many decimals. */
export function cut(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const scaled = Math.floor(value * scale);
  return Number.isFinite(scaled) ? scaled / scale : value;
}
