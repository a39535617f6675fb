import { expect, it } from '@jest/globals';
import { backoffMs } from '../../src/time/backoff.js';

const FAILURES = Array.from({ length: 100 }, (_, i) => i + 1);

it('waits half of 250 ms after the first failure at least, all of it at most', () => {
  expect(backoffMs(1, () => 0)).toBe(125);
  expect(backoffMs(1, () => 0.999_999)).toBe(250);
  expect(backoffMs(0, () => 0)).toBe(125);
});

it('doubles up to 10 s', () => {
  const longest = FAILURES.map((failures) => backoffMs(failures, () => 0.999_999));
  expect(longest.slice(0, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(longest.at(-1)).toBe(10_000);
  expect(backoffMs(5000, () => 0)).toBe(5000);
});

it('spreads over the upper half, so that many processes do not come back in step', () => {
  for (const failures of FAILURES) {
    const shortest = backoffMs(failures, () => 0);
    expect(backoffMs(failures, () => 0.999_999)).toBe(2 * shortest);
    expect(backoffMs(failures, () => 0.5)).toBe(Math.round(1.5 * shortest));
    const drawn = Array.from({ length: 50 }, () => backoffMs(failures));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(shortest);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(2 * shortest);
    expect(new Set(drawn).size).toBeGreaterThan(10);
  }
});
