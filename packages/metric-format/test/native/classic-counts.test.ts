import { expect, it } from '@jest/globals';
import { classicCountsOf, nativeIndex, NO_BUCKETS, type NativeBuckets } from '@redmeter/metric-format';

const NONE: NativeBuckets = {
  schema: 0,
  zeroThreshold: 0.25,
  zeroCount: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
};

it('counts each bucket where its upper bound lies', () => {
  const native = {
    ...NONE,
    zeroCount: 1,
    // (2, 4], (4, 8], and infinity
    positive: { indexes: [2, 3, nativeIndex(0, Number.MAX_VALUE) + 1], counts: [10, 100, 1000] },
    // [-1, -0.5), [-8, -4)
    negative: { indexes: [0, 3], counts: [10_000, 100_000] },
  };
  expect(classicCountsOf(native, [-4, -1, 0, 4])).toEqual([100_000, 0, 10_000, 11, 1100]);
  expect(classicCountsOf(native, [])).toEqual([111_111]);
});

it('counts zeros at the zero threshold', () => {
  expect(classicCountsOf({ ...NONE, zeroCount: 3 }, [0, 0.25, 1])).toEqual([0, 3, 0, 0]);
  expect(classicCountsOf({ ...NONE, zeroCount: 3 }, [0, 0.2])).toEqual([0, 0, 3]);
});
