import { describe, expect, it } from '@jest/globals';
import {
  binomialCdf,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '../../../src/assess/statistics/distributions.js';

describe('distributions', () => {
  // Closed forms, and scipy.special.gammaln(101) of scipy 1.17.1.
  it.each([
    [1, 0],
    [0.5, 0.5723649429247001],
    [10, Math.log(362_880)],
    [101, 363.73937555556349],
  ])('ln gamma of %d is %d', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });

  // scipy.stats.norm.cdf of scipy 1.17.1.
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [-3, 0.00134989803163],
    [-6, 9.865876450377e-10],
  ])('the normal distribution at %d is %d', (z, expected) => {
    expect(normalCdf(z) / expected).toBeCloseTo(1, 11);
    expect(normalQuantile(expected)).toBeCloseTo(z, 9);
  });

  // scipy.stats.t.ppf of scipy 1.17.1, rounded.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 10, 2.228],
    [0.95, 30, 1.697],
    [0.995, 5, 4.032],
    [0.975, 100, 1.984],
  ])('the %d quantile of t with %d degrees of freedom is %d', (probability, freedom, expected) => {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(expected, 3);
    expect(studentCdf(studentQuantile(probability, freedom), freedom)).toBeCloseTo(probability, 12);
  });

  it('the binomial distribution is the sum of its terms', () => {
    // C(10, 0..1) / 2^10
    expect(binomialCdf(1, 10, 0.5)).toBeCloseTo(11 / 1024, 14);
    expect(binomialCdf(-1, 10, 0.5)).toBe(0);
    expect(binomialCdf(10, 10, 0.5)).toBe(1);
    expect(binomialCdf(949_999, 1_000_000, 0.95)).toBeCloseTo(0.5, 2);
  });
});
