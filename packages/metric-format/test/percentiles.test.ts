import { describe, expect, it } from '@jest/globals';
import { quantile, recentCounts, type WindowCopy } from '@redmeter/metric-format';
import fc from 'fast-check';

describe('quantile', () => {
  // Prometheus's own cases, promql/testdata/histograms.test at 50m: testhistogram, positive and negative.
  it.each<[number, readonly number[], readonly number[], number]>([
    [0, [0.1, 0.2, 1], [50, 20, 40, 10], 0],
    [0.2, [0.1, 0.2, 1], [50, 20, 40, 10], 0.048],
    [0.5, [0.1, 0.2, 1], [50, 20, 40, 10], 0.15],
    [0.8, [0.1, 0.2, 1], [50, 20, 40, 10], 0.72],
    [1, [0.1, 0.2, 1], [50, 20, 40, 10], 1],
    [0, [-0.2, -0.1, 0.3], [10, 10, 0, 10], -0.2],
    [0.2, [-0.2, -0.1, 0.3], [10, 10, 0, 10], -0.2],
    [0.5, [-0.2, -0.1, 0.3], [10, 10, 0, 10], -0.15],
    [0.8, [-0.2, -0.1, 0.3], [10, 10, 0, 10], 0.3],
    [1, [-0.2, -0.1, 0.3], [10, 10, 0, 10], 0.3],
  ])('of %d in %j with %j is %d', (q, bounds, counts, expected) => {
    expect(quantile(q, bounds, counts)).toBeCloseTo(expected, 14);
  });

  it.each<[string, number, readonly number[], readonly number[], number | undefined]>([
    ['nothing observed', 0.5, [5], [0, 0], undefined],
    ['the first bucket from zero', 0.5, [10, 20], [4, 0, 0], 5],
    ['the first bucket with a negative bound', 0.5, [-1, 1], [4, 0, 0], -1],
    ['the first bucket with a bound of zero', 0.5, [0, 1], [4, 0, 0], 0],
    ['past the last bound', 0.5, [10, 20], [0, 0, 4], 20],
    ['just at the end of a bucket', 0.5, [10, 20], [2, 2, 0], 10],
    ['within a bucket', 0.75, [10, 20], [2, 2, 0], 15],
    ['after empty buckets', 0.5, [10, 20, 30], [0, 0, 4, 0], 25],
  ])('tells %s', (_name, q, bounds, counts, expected) => {
    expect(quantile(q, bounds, counts)).toBe(expected);
  });

  it('never leaves the bounds, and grows with q', () => {
    const list = fc.uniqueArray(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(list, fc.array(fc.nat(100), { minLength: 9, maxLength: 9 }), (unsorted, numbers) => {
        const bounds = unsorted.sort((a, b) => a - b);
        const counts = numbers.slice(0, bounds.length + 1);
        const values = [0.1, 0.5, 0.95, 0.99].map((q) => quantile(q, bounds, counts) ?? 0);
        for (const value of values) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(bounds.at(-1) ?? 0);
        }
        expect([...values].sort((a, b) => a - b)).toEqual(values);
      }),
    );
  });
});

describe('recentCounts', () => {
  const NOW_MS = 1_763_600_100_000;
  const copy = (ageMs: number, ...counts: number[]): WindowCopy => ({ sinceMs: NOW_MS - ageMs, counts });

  it.each<[string, readonly WindowCopy[] | undefined, readonly number[] | undefined]>([
    ['all without a window', undefined, [10, 20]],
    ['all with an empty window', [], [10, 20]],
    ['since one copy', [copy(0, 4, 5)], [6, 15]],
    ['since one copy just under two minutes old', [copy(119_999, 4, 5)], [6, 15]],
    ['none after two minutes', [copy(120_000, 4, 5)], undefined],
    ['since the older while the newer is under a minute old', [copy(100_000, 1, 2), copy(59_999, 4, 5)], [9, 18]],
    ['since the newer from a minute on', [copy(119_000, 1, 2), copy(60_000, 4, 5)], [6, 15]],
    ['since the newer when the older is from before a pause', [copy(180_000, 1, 2), copy(10_000, 4, 5)], [6, 15]],
    ['since the older up to three minutes', [copy(179_999, 1, 2), copy(10_000, 4, 5)], [9, 18]],
    ['since a copy of the future', [copy(-5000, 4, 5)], [6, 15]],
  ])('tells %s', (_name, window, expected) => {
    expect(recentCounts({ bounds: [5], counts: [10, 20], window }, NOW_MS)).toEqual(expected);
  });

  it('tells at least the last minute and never more than three, however the merges of a writer fall', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1000, max: 59_000 }), { minLength: 5, maxLength: 40 }),
        fc.nat(59_000),
        (gaps, sinceLast) => {
          // A writer merges one observation at a time, and copies the counts at the first merge a minute after the last copy.
          const times: number[] = [];
          let window: WindowCopy[] = [{ sinceMs: 0, counts: [0] }];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            if (now - (window.at(-1)?.sinceMs ?? 0) >= 60_000) {
              window = [...window.slice(-1), { sinceMs: now, counts: [times.length] }];
            }
            times.push(now);
          }
          const readMs = now + sinceLast;
          const recent = recentCounts({ bounds: [], counts: [times.length], window }, readMs)?.[0] ?? 0;
          const within = (ms: number): number => times.filter((time) => time > readMs - ms).length;
          expect(recent).toBeGreaterThanOrEqual(within(60_000));
          expect(recent).toBeLessThanOrEqual(within(180_000));
        },
      ),
    );
  });
});
