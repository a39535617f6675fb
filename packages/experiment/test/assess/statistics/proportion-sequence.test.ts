import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  leastSequenceForUpperBound,
  proportionSequence,
  quantileRankSequence,
  refutationOf,
} from '../../../src/assess/statistics/proportion-sequence.js';

// Numbers said to be of scipy: the same martingale in Python, its limits by scipy.optimize.brentq (scipy 1.17.1).

describe('the interval of a proportion at every look', () => {
  it.each([
    [0, 400, 400, 0.95, 0, 0.009306373975662769],
    [1, 400, 400, 0.95, 2.1654155621824864e-5, 0.01659411514069769],
    [10, 1000, 1000, 0.95, 0.003634542545448593, 0.021261735473538695],
    [10, 200, 1000, 0.95, 0.014368174310891928, 0.1265199564875532],
    [700, 1000, 2000, 0.99, 0.6479599595802185, 0.748633539535213],
  ])('of %d in %d, planned for %d, at level %d is %d to %d', (successes, trials, planned, level, low, high) => {
    const interval = proportionSequence({ successes, trials }, planned, level);
    expect(interval.low).toBeCloseTo(low, 7);
    expect(interval.high).toBeCloseTo(high, 7);
  });

  it('encloses the rate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 10_000 }), (successes, failures, planned) => {
        fc.pre(successes + failures > 0);
        const trials = successes + failures;
        const { low, high } = proportionSequence({ successes, trials }, planned, 0.95);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves out every rate beyond its ends, so that it is one interval', () => {
    for (const [successes, trials] of [
      [0, 50],
      [3, 700],
      [40, 90],
    ] as const) {
      const { low, high } = proportionSequence({ successes, trials }, 500, 0.95);
      for (let step = 1; step < 200; step += 1) {
        const rate = step / 200;
        const isOut = refutationOf(rate, 500, 0.95)(successes, trials);
        if (Math.abs(rate - low) > 1e-6 && Math.abs(rate - high) > 1e-6) expect(isOut).toBe(rate < low || rate > high);
      }
    }
  });

  // The exact probability that the true rate is ever left out, at a look after each of 2000 trials: no simulation, the chain of counts.
  it.each([0.002, 0.01, 0.05, 0.3, 0.5, 0.9])(
    'ever leaves out a true rate of %d with a probability below 0.05',
    (rate) => {
      const probability = probabilityOfEverRefuting(rate, 1000, 2000, 0.95);
      expect(probability).toBeLessThanOrEqual(0.05);
      // Nor does it waste its error rate: half of it and more is spent where the counts are not too small to do so.
      if (rate * 1000 >= 50) expect(probability).toBeGreaterThan(0.015);
    },
  );
});

describe('the order statistics around a quantile at every look', () => {
  it.each([
    [1000, 0.95, 1000, 930, 968],
    [100, 0.95, 1000, 86, 101],
    [500, 0.5, 500, 220, 281],
  ])('of %d at %d, planned for %d, are %d and %d', (n, probability, planned, lowRank, highRank) => {
    expect(quantileRankSequence(n, probability, planned, 0.95)).toEqual({ lowRank, highRank });
  });

  it('bound it from above from so many values on', () => {
    expect(leastSequenceForUpperBound(0.95, 1000, 0.95)).toBe(138);
    expect(leastSequenceForUpperBound(0.99, 2000, 0.95)).toBe(600);
    expect(quantileRankSequence(137, 0.95, 1000, 0.95).highRank).toBe(138);
    expect(quantileRankSequence(138, 0.95, 1000, 0.95).highRank).toBe(138);
  });
});

function probabilityOfEverRefuting(rate: number, planned: number, trials: number, level: number): number {
  const isRefuted = refutationOf(rate, planned, level);
  // By count of successes: the probability of that count while nothing was refuted.
  const alive = new Float64Array(trials + 2);
  alive[0] = 1;
  let refuted = 0;
  let [lowest, highest] = [0, 0];
  const takeOut = (count: number): void => {
    refuted += alive[count] ?? 0;
    alive[count] = 0;
  };
  for (let trial = 1; trial <= trials; trial += 1) {
    highest += 1;
    for (let count = highest; count >= lowest; count -= 1) {
      alive[count] = (alive[count] ?? 0) * (1 - rate) + (count > lowest ? (alive[count - 1] ?? 0) * rate : 0);
    }
    // What is refuted lies at either end.
    for (; lowest <= highest && isRefuted(lowest, trial); lowest += 1) takeOut(lowest);
    for (; highest >= lowest && isRefuted(highest, trial); highest -= 1) takeOut(highest);
  }
  return refuted;
}
