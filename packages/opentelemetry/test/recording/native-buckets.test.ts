import { expect, it } from '@jest/globals';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { nativePoint, nativeRise } from '../../src/recording/native-buckets.js';

function exponential(scale: number, offset: number, bucketCounts: number[]): ExponentialHistogram {
  const count = bucketCounts.reduce((sum, each) => sum + each, 0);
  const none = { offset: 0, bucketCounts: [] };
  return { scale, count, zeroCount: 0, positive: { offset, bucketCounts }, negative: none };
}

it.each<[string, number, number, number[], number, [number, number][]]>([
  [
    'shifts indexes by one',
    3,
    -2,
    [1, 0, 2],
    3,
    [
      [-1, 1],
      [1, 2],
    ],
  ],
  [
    'lowers a scale above 8',
    10,
    -5,
    [1, 1, 1, 1, 1, 1, 1, 1, 1],
    8,
    [
      [-1, 1],
      [0, 4],
      [1, 4],
    ],
  ],
  [
    'takes the upper bound of buckets of a scale below -4',
    -6,
    -2,
    [3, 0, 5],
    -4,
    [
      [-4, 3],
      [4, 5],
    ],
  ],
  ['keeps scale -4', -4, 0, [1], -4, [[1, 1]]],
])('%s', (_title, scale, offset, counts, schema, positive) => {
  const point = nativePoint(exponential(scale, offset, counts));
  expect({ schema: point.schema, positive: [...point.positive] }).toEqual({ schema, positive });
});

it('has each value in a bucket that holds it, at scales from -4 to 20', () => {
  const value = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
  fc.assert(
    fc.property(value, fc.integer({ min: -4, max: 20 }), (observed, scale) => {
      // By logarithms, which are exact enough away from the bounds.
      const exact = Math.log2(observed) * 2 ** scale;
      fc.pre(Math.abs(exact - Math.round(exact)) > 1e-6 * 2 ** Math.max(0, scale));
      const { schema, positive } = nativePoint(exponential(scale, Math.ceil(exact) - 1, [1]));
      const [index = Number.NaN] = positive.keys();
      const upper = index * 2 ** -schema;
      expect(Math.log2(observed)).toBeLessThanOrEqual(upper + 1e-9);
      expect(Math.log2(observed)).toBeGreaterThan(upper - 2 ** -schema - 1e-9);
    }),
  );
});

it('finds what was counted since an earlier point, also one of a higher scale', () => {
  const before = nativePoint(exponential(2, 0, [1, 2, 0, 3]));
  const now = nativePoint(exponential(1, 0, [3, 5, 1]));
  expect(nativeRise(now, before)).toMatchObject({
    schema: 1,
    positive: new Map([
      [2, 2],
      [3, 1],
    ]),
  });
  expect(nativeRise(before, before)).toMatchObject({ positive: new Map() });
  expect(nativeRise(before, now)).toBeUndefined();
  expect(nativeRise(nativePoint(exponential(1, 0, [2, 9])), before)).toBeUndefined();
});
