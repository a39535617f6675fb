import { describe, expect, it } from '@jest/globals';
import { bucketIndex, cumulativeCounts, DEFAULT_BUCKETS, isBounds } from '@redmeter/metric-format';
import fc from 'fast-check';

describe('bucketIndex', () => {
  it.each([
    [4, 0],
    [5, 0],
    [5.1, 1],
    [10, 1],
    [25, 2],
    [25.1, 3],
    [-1, 0],
    [Number.POSITIVE_INFINITY, 3],
    [Number.NEGATIVE_INFINITY, 0],
  ])('puts %d into bucket %i of 5, 10, 25', (value, index) => {
    expect(bucketIndex([5, 10, 25], value)).toBe(index);
  });

  it('is the first bucket whose bound is at least the value', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ noNaN: true }), { minLength: 1 }),
        fc.double({ noNaN: true }),
        (list, value) => {
          const bounds = list.sort((a, b) => a - b);
          const expected = bounds.findIndex((bound) => value <= bound);
          expect(bucketIndex(bounds, value)).toBe(expected < 0 ? bounds.length : expected);
        },
      ),
    );
  });
});

describe('cumulativeCounts', () => {
  it('sums up from the first bucket on', () => {
    expect(cumulativeCounts([1, 2, 0, 4])).toEqual([1, 3, 3, 7]);
    expect(cumulativeCounts([])).toEqual([]);
  });
});

describe('DEFAULT_BUCKETS', () => {
  it('ascend', () => {
    expect([...DEFAULT_BUCKETS].sort((a, b) => a - b)).toEqual(DEFAULT_BUCKETS);
  });
});

describe('isBounds', () => {
  it.each([[[0]], [[-1, -0, 1e-300, 5]], [Array.from({ length: 200 }, (_, i) => i)]])('takes %p', (bounds) => {
    expect(isBounds(bounds)).toBe(true);
  });

  it.each([
    [[]],
    [[1, 1]],
    [[2, 1]],
    [[0, -0]],
    [[Number.NaN]],
    [[1, Number.POSITIVE_INFINITY]],
    [['1']],
    [new Array(2)],
    [Array.from({ length: 201 }, (_, i) => i)],
    [{ length: 1, 0: 1 }],
    [undefined],
  ])('refuses %p', (bounds) => {
    expect(isBounds(bounds)).toBe(false);
  });
});
