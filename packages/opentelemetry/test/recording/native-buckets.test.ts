import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nativeRise } from '../../src/recording/exponential-histograms.js';
import { nativeBuckets } from '../../src/recording/native-buckets.js';
import { exponential } from '../data-points.js';

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
    'keeps a scale above 8, which the library lowers',
    10,
    -5,
    [1, 0, 1],
    10,
    [
      [-4, 1],
      [-2, 1],
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
  const buckets = nativeBuckets(exponential(scale, offset, counts));
  const [indexes, held] = [positive.map(([index]) => index), positive.map(([, count]) => count)];
  expect(buckets).toMatchObject({ schema, positive: { indexes, counts: held } });
});

it('has each value in a bucket that holds it, at scales from -4 to 20', () => {
  const value = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
  fc.assert(
    fc.property(value, fc.integer({ min: -4, max: 20 }), (observed, scale) => {
      // By logarithms, which are exact enough away from the bounds.
      const exact = Math.log2(observed) * 2 ** scale;
      fc.pre(Math.abs(exact - Math.round(exact)) > 1e-6 * 2 ** Math.max(0, scale));
      const { schema, positive } = nativeBuckets(exponential(scale, Math.ceil(exact) - 1, [1]));
      const [index = Number.NaN] = positive.indexes;
      const upper = index * 2 ** -schema;
      expect(Math.log2(observed)).toBeLessThanOrEqual(upper + 1e-9);
      expect(Math.log2(observed)).toBeGreaterThan(upper - 2 ** -schema - 1e-9);
    }),
  );
});

const observed = (scale: number, counts: number[], sum: number) => ({
  ...nativeBuckets(exponential(scale, 0, counts)),
  sum,
});

it('finds what was counted since an earlier point, also one of a higher scale', () => {
  const before = observed(2, [1, 2, 0, 3], 10);
  const now = observed(1, [3, 5, 1], 30);
  expect(nativeRise(now, before)).toMatchObject({ schema: 1, positive: { indexes: [2, 3], counts: [2, 1] }, sum: 20 });
  expect(nativeRise(before, before)).toMatchObject({ positive: { indexes: [], counts: [] }, sum: 0 });
  expect(nativeRise(before, now)).toBeUndefined();
  expect(nativeRise(observed(1, [2, 9], 40), before)).toBeUndefined();
  expect(nativeRise({ ...now, zeroCount: 1 }, { ...before, zeroCount: 2 })).toBeUndefined();
});

it('finds what was counted since an earlier point at scales from -4 to 20', () => {
  const counts = fc.array(fc.nat(5), { maxLength: 40 });
  fc.assert(
    fc.property(counts, counts, fc.integer({ min: -4, max: 20 }), fc.nat(3), (earlier, later, scale, levels) => {
      fc.pre(scale - levels >= -4);
      const all = Array.from({ length: 40 }, (_, i) => (earlier[i] ?? 0) + (later[i] ?? 0));
      const lower = (each: readonly number[]): number[] => {
        const lowered: number[] = [];
        each.forEach((count, i) => (lowered[i >> levels] = (lowered[i >> levels] ?? 0) + count));
        return lowered;
      };
      const rise = nativeRise(observed(scale - levels, lower(all), 1), observed(scale, earlier, 1));
      expect(rise).toEqual({ ...observed(scale - levels, lower(later), 0) });
    }),
  );
});
