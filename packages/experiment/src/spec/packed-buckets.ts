import type { LatencySummary } from '../result/latency-summary.js';

type Buckets = LatencySummary['buckets'];

/** What packed buckets look like: `-44=3 -43=12`, each index with its count. */
export const PACKED_BUCKETS = /^(?:-?\d+=\d+(?: -?\d+=\d+)*)?$/;

/** Buckets as one line of text, in the form of `result.yaml`. */
export function packBuckets(buckets: Buckets): string {
  return buckets.map(({ index, count }) => `${index}=${count}`).join(' ');
}

/** Reads packed buckets. */
export function unpackBuckets(packed: string): Buckets {
  if (packed === '') return [];
  return packed.split(' ').map((bucket) => {
    const [index, count] = bucket.split('=').map(Number);
    return { index: index ?? 0, count: count ?? 0 };
  });
}
