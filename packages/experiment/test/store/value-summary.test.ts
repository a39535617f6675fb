import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompensatedSum, summarizeValues } from '../../src/store/value-summary.js';

describe('the summary of values', () => {
  it('has no result without values', () => {
    expect(summarizeValues([])).toBeUndefined();
  });

  it.each([
    // NIST's Statistical Reference Datasets, univariate: certified means; deviations certified for the sample, times sqrt((n-1)/n).
    ['NumAcc1', [10000001, 10000003, 10000002], 10000002, 1],
    ['NumAcc2', [1.2, ...repeat(500, [1.1, 1.3])], 1.2, 0.1],
    ['NumAcc3', [1000000.2, ...repeat(500, [1000000.1, 1000000.3])], 1000000.2, 0.1],
    ['NumAcc4', [10000000.2, ...repeat(500, [10000000.1, 10000000.3])], 10000000.2, 0.1],
  ])('is right to the digits that the data carry: %s', (_, values, mean, sampleDeviation) => {
    const summary = summarizeValues(values);
    // The data are decimal fractions: their nearest doubles have a mean that is one of the nearest, too.
    expect(Math.abs((summary?.mean ?? 0) - mean)).toBeLessThanOrEqual(2e-16 * mean);
    const expected = sampleDeviation * Math.sqrt((values.length - 1) / values.length);
    // 10000000.1 itself is off by up to 1e-9.
    expect(Math.abs((summary?.standardDeviation ?? 0) - expected)).toBeLessThan(1e-9);
  });

  it('takes -0 for 0', () => {
    expect(summarizeValues([-0])).toEqual(summarizeValues([0]));
    expect(summarizeValues([-0, 5e-324])).toEqual(summarizeValues([0, 5e-324]));
  });

  it('keeps a small spread far from zero', () => {
    expect(summarizeValues([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toMatchObject({
      mean: 1e9 + 10,
      standardDeviation: Math.sqrt(22.5),
    });
  });

  it('is finite at the greatest values there may be', () => {
    const summary = summarizeValues([1e100, -1e100, 1e100]);
    expect(summary?.standardDeviation).toBeCloseTo(1e100 * Math.sqrt(8 / 9), -86);
  });

  it('counts in ten bars of equal width, each up to its upper edge', () => {
    expect(summarizeValues([0, 10, 10.5, 20, 100])?.histogram.map(({ upper, count }) => [upper, count])).toEqual([
      [10, 2],
      [20, 2],
      ...[30, 40, 50, 60, 70, 80, 90].map((upper) => [upper, 0]),
      [100, 1],
    ]);
  });

  const values = fc.array(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), { minLength: 1 });

  it('is the same in any order', () => {
    fc.assert(
      fc.property(values, (given) => expect(summarizeValues([...given].reverse())).toEqual(summarizeValues(given))),
    );
  });

  it('has a mean within the values, and counts each value once, within its edges', () => {
    fc.assert(
      fc.property(values, (given) => {
        const summary = summarizeValues(given);
        if (summary === undefined) throw new Error('expected a summary');
        const { count, mean, min, max, histogram, standardDeviation } = summary;
        expect([mean >= min, mean <= max, standardDeviation >= 0]).toEqual([true, true, true]);
        expect(histogram.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(count);
        expect([histogram[0]?.lower, histogram.at(-1)?.upper]).toEqual([min, max]);
        for (const [index, { lower, upper, count: counted }] of histogram.entries()) {
          const within = given.filter((value) => value <= upper && (index === 0 ? value >= lower : value > lower));
          expect(counted).toBe(within.length);
        }
      }),
    );
  });
});

it('a compensated sum keeps what rounding takes', () => {
  const sum = new CompensatedSum();
  for (const value of [1, 1e100, 1, -1e100]) sum.add(value);
  expect(sum.value).toBe(2);
});

function repeat(times: number, values: readonly number[]): number[] {
  return Array.from({ length: times }, () => values).flat();
}
