import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failureSchedule } from '../src/failure-schedule.js';

function draw(rate: number, requests: number): boolean[] {
  const isToFail = failureSchedule(rate);
  return Array.from({ length: requests }, () => isToFail());
}

it.each([
  [0, '....'],
  [0.25, '...x...x'],
  [0.5, '.x.x'],
  [1, 'xxxx'],
])('a rate of %d fails requests as in %s', (rate, expected) => {
  const drawn = draw(rate, expected.length);
  expect(drawn.map((fails) => (fails ? 'x' : '.')).join('')).toBe(expected);
});

it('fails its share of any requests in a row, give or take one', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(300),
      fc.integer({ min: 1, max: 300 }),
      (rate, from, length) => {
        const failed = draw(rate, from + length)
          .slice(from)
          .filter(Boolean).length;
        expect(Math.abs(failed - rate * length)).toBeLessThan(1 + 1e-9);
      },
    ),
  );
});
