import { describe, expect, it } from '@jest/globals';
import {
  cumulativeCounts,
  derivedBuckets,
  lowerSchema,
  nativeBound,
  nativeCount,
  nativeIndex,
  widenZero,
  type NativeBuckets,
  type SparseBuckets,
} from '@redmeter/metric-format';
import fc from 'fast-check';

const side = (values: readonly number[], schema: number): SparseBuckets => {
  const counts = new Map<number, number>();
  for (const value of values) {
    const index = nativeIndex(schema, value);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const entries = [...counts].sort(([a], [b]) => a - b);
  return { indexes: entries.map(([index]) => index), counts: entries.map(([, count]) => count) };
};

/** What a writer makes of some values. */
function observed(values: readonly number[], schema: number, zeroThreshold = 0): NativeBuckets {
  const [above, below] = [values.filter((v) => v > zeroThreshold), values.filter((v) => v < -zeroThreshold)];
  return {
    schema,
    zeroThreshold,
    zeroCount: values.length - above.length - below.length,
    positive: side(above, schema),
    negative: side(
      below.map((v) => -v),
      schema,
    ),
  };
}

const shown = (buckets: NativeBuckets): Map<number, number> => {
  const { bounds, counts } = derivedBuckets(buckets);
  const cumulative = cumulativeCounts(counts);
  return new Map(bounds.map((bound, i) => [bound, cumulative[i] ?? Number.NaN]));
};

const schema = fc.integer({ min: -4, max: 8 });
const magnitude = fc.oneof(
  fc.double({ min: 1e-8, max: 1e13, noNaN: true }),
  fc.integer({ min: -25, max: 45 }).map((exponent) => 2 ** exponent),
);
const value = fc.oneof(
  { weight: 6, arbitrary: magnitude },
  fc.constant(0),
  magnitude.map((v) => -v),
);
const values = fc.array(value, { maxLength: 30 });
const threshold = fc.constantFrom(0, 2 ** -128, 0.001, 1, 3.7);

describe('derivedBuckets', () => {
  it('are powers of two, from the first bucket that holds something', () => {
    expect(derivedBuckets(observed([0.3, 0.4, 1, 3000], 3))).toMatchObject({
      bounds: expect.arrayContaining([0.5, 1, 2, 2 ** 20, 2 ** 22, 2 ** 40]) as unknown,
    });
    expect(
      shown(observed([0.3, 0.4, 1, 3000], 3))
        .keys()
        .next().value,
    ).toBe(0.5);
    expect(shown(observed([0.3, 0.4, 1, 3000], 3)).get(2 ** 11)).toBe(3);
    expect(shown(observed([0.3, 0.4, 1, 3000], 3)).get(2 ** 12)).toBe(4);
  });

  it('count exactly what is at most a positive bound, or below a negative one', () => {
    fc.assert(
      fc.property(values, schema, threshold, (values, schema, zeroThreshold) => {
        for (const [bound, count] of shown(observed(values, schema, zeroThreshold))) {
          const expected = values.filter((v) => (bound > 0 ? v <= bound : v < bound)).length;
          expect({ bound, count }).toEqual({ bound, count: expected });
        }
      }),
    );
  });

  it('ascend, are few, and come to the count with that of +Inf', () => {
    fc.assert(
      fc.property(values, schema, threshold, (values, schema, zeroThreshold) => {
        const buckets = observed(values, schema, zeroThreshold);
        const { bounds, counts } = derivedBuckets(buckets);
        expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
        expect(bounds.length).toBeLessThanOrEqual(102);
        expect(counts).toHaveLength(bounds.length + 1);
        expect(cumulativeCounts(counts).at(-1)).toBe(nativeCount(buckets));
      }),
    );
  });

  it('never fall: not by more observations, a lower schema, or a wider zero bucket', () => {
    fc.assert(
      fc.property(values, values, schema, schema, threshold, (values, more, schema, lower, wider) => {
        const before = shown(observed(values, schema));
        const after = shown(widenZero(lowerSchema(observed([...values, ...more], schema), lower), wider));
        for (const [bound, count] of after) expect(count).toBeGreaterThanOrEqual(before.get(bound) ?? 0);
      }),
    );
  });

  it('have every bound that another series has, unless all its observations are above', () => {
    fc.assert(
      fc.property(values, values, schema, (one, other, schema) => {
        const [a, b] = [shown(observed(one, schema)), shown(observed(other, schema))];
        for (const bound of a.keys()) {
          if (!b.has(bound)) expect(other.filter((v) => (bound > 0 ? v <= bound : v < bound))).toEqual([]);
        }
      }),
    );
  });

  it('leave infinities and what is above all bounds to +Inf', () => {
    const infinite = { indexes: [8193], counts: [2] };
    expect(nativeBound(3, 8193)).toBe(Number.POSITIVE_INFINITY);
    expect(derivedBuckets({ ...observed([], 3), positive: infinite })).toEqual({ bounds: [], counts: [2] });
    const { counts } = derivedBuckets({ ...observed([5], 3), negative: infinite });
    expect(counts[0]).toBe(2);
  });
});
