import { describe, expect, it } from '@jest/globals';
import { equalProportionsTest, splitSequence, splitTest } from '../../../src/assess/statistics/counts-test.js';

// Computed with scipy 1.17.1, by the call named beside it.

describe('counts that should be split by weight', () => {
  // scipy.stats.chisquare(counts, expected).pvalue
  it.each([
    [[5200, 4800], [1, 1], 6.334248366623988e-5],
    [[820, 180, 20], [0.8, 0.18, 0.02], 0.9521624596633158],
    [[821, 182, 17], [80, 18, 2], 0.7366638193039126],
  ])('%j by %j: p = %d', (counts, weights, pValue) => {
    expect(splitTest(counts, weights) / pValue).toBeCloseTo(1, 9);
  });

  it('are tested exactly where few are expected', () => {
    // 2 * min(binom.cdf(3, 50, 0.01), binom.sf(2, 50, 0.01)); chi-squared would say 0.0003.
    expect(splitTest([3, 47], [1, 99])).toBeCloseTo(0.027634541661200763, 12);
    expect(splitTest([], [])).toBe(1);
    expect(splitTest([0, 0], [1, 1])).toBe(1);
  });

  // The Dirichlet mixture of Lindon and Malek in Python, by scipy.special.gammaln.
  it.each([
    [[5200, 4800], [1, 1], 0.0036478642786598055],
    [[760, 240], [80, 20], 0.045320150624305805],
    [[572, 595], [1, 1], 1],
  ])('%j by %j at any look: p = %d', (counts, weights, pValue) => {
    expect(splitSequence(counts, weights)).toBeCloseTo(pValue, 10);
  });
});

describe('proportions that should be equal', () => {
  it('are tested by chi-squared where there are more than two', () => {
    // scipy.stats.chi2_contingency([[405, 595, 590], [167, 10, 5]], correction=False).pvalue
    const p = equalProportionsTest([
      { successes: 405, trials: 572 },
      { successes: 595, trials: 605 },
      { successes: 590, trials: 595 },
    ]);
    expect(p / 4.727069261117039e-72).toBeCloseTo(1, 8);
  });

  it('are tested pair by pair if there are few, and not alone', () => {
    const few = [
      { successes: 3, trials: 4 },
      { successes: 1, trials: 4 },
      { successes: 4, trials: 4 },
    ];
    // scipy.stats.fisher_exact([[1, 3], [4, 0]]): 0.142857, times 3 pairs.
    expect(equalProportionsTest(few)).toBeCloseTo(3 * 0.14285714285714282, 8);
    expect(equalProportionsTest(few.slice(0, 1))).toBe(1);
  });
});
