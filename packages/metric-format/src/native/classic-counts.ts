import { bucketIndex } from '../buckets.js';
import { nativeBound } from '../native-buckets.js';
import type { NativeBuckets } from './sparse-buckets.js';

/**
 * Native buckets counted in classic ones: all of a bucket where its upper bound lies, zeros at the zero threshold.
 * @param bounds ascending, finite
 * @returns observations per bucket, not cumulative, one longer than `bounds`: the last is that of +Inf
 */
export function classicCountsOf(native: NativeBuckets, bounds: readonly number[]): number[] {
  const { schema, zeroThreshold, zeroCount, positive, negative } = native;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  const add = (upperBound: number, count = 0): void => {
    const place = bucketIndex(bounds, upperBound);
    counts[place] = (counts[place] ?? 0) + count;
  };
  add(zeroThreshold, zeroCount);
  positive.indexes.forEach((index, i) => {
    add(nativeBound(schema, index), positive.counts[i]);
  });
  negative.indexes.forEach((index, i) => {
    add(-nativeBound(schema, index - 1), negative.counts[i]);
  });
  return counts;
}
