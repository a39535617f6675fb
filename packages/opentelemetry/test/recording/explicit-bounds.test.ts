import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countsIn, jointBounds } from '../../src/recording/explicit-bounds.js';

const bounds = fc
  .uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 12 })
  .map((list) => list.sort((a, b) => a - b));
const observed = bounds.chain((boundaries) =>
  fc.record({
    boundaries: fc.constant(boundaries),
    counts: fc.array(fc.nat(9), { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 }),
  }),
);
const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

it('counts nothing twice and loses nothing, and is exact at bounds that both have', () => {
  fc.assert(
    fc.property(observed, bounds, (given, others) => {
      const joint = jointBounds([others]);
      const moved = countsIn(joint, given);
      expect(moved).toHaveLength(joint.length + 1);
      expect(total(moved)).toBe(total(given.counts));
      joint.forEach((bound, i) => {
        const below = total(moved.slice(0, i + 1));
        const known = given.boundaries.filter((own) => own <= bound).length;
        expect(below).toBe(total(given.counts.slice(0, known)));
      });
    }),
  );
});

it('changes nothing where all bounds are there', () => {
  fc.assert(
    fc.property(observed, (given) => {
      fc.pre(given.boundaries.length > 0);
      expect(countsIn(jointBounds([given.boundaries]), given)).toEqual(given.counts);
    }),
  );
});

it('has finite bounds, each once, at most 200', () => {
  expect(jointBounds([[3, 1, -0], [0, 3, Infinity], [-Infinity]])).toEqual([0, 1, 3]);
  expect(jointBounds([])).toEqual([-Number.MAX_VALUE]);
  const many = jointBounds([Array.from({ length: 450 }, (_, i) => i)]);
  expect(many).toHaveLength(200);
  expect(many).toEqual([...new Set(many)].sort((a, b) => a - b));
});
