import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holmAdjusted } from '../../../src/assess/statistics/holm.js';
import { mannWhitneyTest } from '../../../src/assess/statistics/mann-whitney.js';
import { meanInterval, welchTest } from '../../../src/assess/statistics/mean.js';
import type { SampleMoments } from '../../../src/result/sample-moments.js';
import { leastSampleForUpperBound, quantileRankInterval } from '../../../src/assess/statistics/order-statistics.js';
import { fisherExactTest, newcombeInterval, wilsonInterval } from '../../../src/assess/statistics/proportion.js';

// Numbers said to be of scipy or statsmodels were computed with scipy 1.17.1 and statsmodels 0.15.0, by the call named beside them.

function moments(values: readonly number[]): SampleMoments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { count: values.length, mean, squaredDeviations: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

const single = (values: readonly number[]) => values.map((value) => ({ value, count: 1 }));

describe("Wilson's interval", () => {
  // The cases that Newcombe compares in "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
  // pp. 857-872; limits of statsmodels.stats.proportion.proportion_confint(successes, trials, method='wilson').
  it.each([
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.06238639953073628, 0.16048724172330803],
    [0, 20, 0, 0.1611251580528194],
    [1, 29, 0.006113214292762667, 0.17175521879320294],
  ])('of %d in %d is %d to %d', (successes, trials, low, high) => {
    const interval = wilsonInterval({ successes, trials }, 0.95);
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high, 10);
  });

  it('encloses the rate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (successes, failures) => {
        fc.pre(successes + failures > 0);
        const trials = successes + failures;
        const { low, high } = wilsonInterval({ successes, trials }, 0.95);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
      }),
    );
  });
});

describe('the difference of two proportions', () => {
  // Method 10 of Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998),
  // pp. 873-890; limits of statsmodels.stats.proportion.confint_proportions_2indep(a, m, b, n, method='newcomb', compare='diff').
  it.each([
    [56, 70, 48, 80, 0.05243147240236498, 0.33387265403690614],
    [9, 10, 3, 10, 0.1705227239345029, 0.809017973535488],
    [10, 10, 0, 10, 0.6075093504305241, 1],
  ])('%d of %d less %d of %d lies from %d to %d', (a, m, b, n, low, high) => {
    const interval = newcombeInterval({ successes: a, trials: m }, { successes: b, trials: n }, 0.95);
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high, 10);
  });

  // The data of R's ?fisher.test (tea tasting; convictions of like-sex twins); p of scipy.stats.fisher_exact([[a, m - a], [b, n - b]]).
  it.each([
    [3, 4, 1, 4, 0.48571428571428565],
    [2, 17, 10, 13, 0.0005367241191434358],
  ])('%d of %d beside %d of %d: Fisher says %d', (a, m, b, n, pValue) => {
    const p = fisherExactTest({ successes: a, trials: m }, { successes: b, trials: n });
    expect(p / pValue).toBeCloseTo(1, 9);
  });
});

describe('the order statistics that enclose a quantile', () => {
  // The narrowest pair j, k around the middle with scipy.stats.binom.cdf(k - 1, n, 0.5) - binom.cdf(j - 1, n, 0.5) of 0.95 or more: 0.969,
  // 0.979 and 0.959. For the method see Le Boudec, Performance Evaluation of Computer and Communication Systems (2010), appendix A.
  it.each([
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
  ])('of the median of %d are %d and %d', (n, lowRank, highRank) => {
    expect(quantileRankInterval(n, 0.5, 0.95)).toEqual({ lowRank, highRank });
  });

  it('need 59 values for the 95th percentile, one-sided 95 %, and 72 two-sided', () => {
    // The greatest of n values is an upper bound with 1 - 0.95^n: 0.9490 for 58, 0.9515 for 59; 0.9738 for 71, 0.9751 for 72.
    expect(leastSampleForUpperBound(0.95, 0.9)).toBe(59);
    expect(leastSampleForUpperBound(0.95, 0.95)).toBe(72);
    expect(quantileRankInterval(71, 0.95, 0.95).highRank).toBe(72);
    expect(quantileRankInterval(72, 0.95, 0.95).highRank).toBe(72);
  });

  it('cover the quantile of a uniform sample as often as they claim', () => {
    // A fixed linear congruential sequence, so that the count is the same each time.
    let state = 12_345;
    const random = () => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
    const { lowRank, highRank } = quantileRankInterval(200, 0.9, 0.95);
    let covered = 0;
    for (let sample = 0; sample < 2000; sample += 1) {
      const sorted = Array.from({ length: 200 }, random).sort((a, b) => a - b);
      if ((sorted[lowRank - 1] ?? 0) <= 0.9 && (sorted[highRank - 1] ?? 1) >= 0.9) covered += 1;
    }
    expect(covered / 2000).toBeGreaterThanOrEqual(0.945);
  });
});

describe('the difference of two means', () => {
  // Student's sleep data (Biometrika 6, 1908), as in R's datasets.
  const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

  it('is tested as by scipy', () => {
    // scipy.stats.ttest_ind(drug1, drug2, equal_var=False), and its confidence_interval().
    const result = welchTest(moments(drug1), moments(drug2), 0.95);
    expect(result?.t).toBeCloseTo(-1.8608134674868526, 10);
    expect(result?.degreesOfFreedom).toBeCloseTo(17.776473516178488, 9);
    expect(result?.pValue).toBeCloseTo(0.0793941401873583, 10);
    expect(result?.interval.low).toBeCloseTo(-3.3654832307117104, 9);
    expect(result?.interval.high).toBeCloseTo(0.20548323071171137, 9);
    // Cohen's d by numpy, the difference over the root of the mean variance (ddof=1), times 1 - 3/(4·18 - 1).
    expect(result?.hedgesG).toBeCloseTo(-0.8321810813495395 * (1 - 3 / 71), 10);
  });

  it('has an interval for each mean', () => {
    // scipy.stats.ttest_1samp(drug1, 0).confidence_interval()
    const interval = meanInterval(moments(drug1), 0.95);
    expect(interval?.low).toBeCloseTo(-0.5297804135262321, 9);
    expect(interval?.high).toBeCloseTo(2.029780413526232, 9);
  });

  it('has no result for single or equal values', () => {
    expect(welchTest(moments([1]), moments([1, 2]), 0.95)).toBeUndefined();
    expect(welchTest(moments([1, 1]), moments([2, 2]), 0.95)).toBeUndefined();
    expect(meanInterval(moments([3]), 0.95)).toBeUndefined();
  });
});

describe("Mann and Whitney's test", () => {
  it('agrees with scipy on ozone in May and August, which has ties', () => {
    // The data of R's ?wilcox.test, Ozone ~ Month of airquality; scipy.stats.mannwhitneyu(may, august, method='asymptotic').
    const may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
    const august = [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
    ];
    const result = mannWhitneyTest(single(may), single(august));
    expect(result?.u).toBe(127.5);
    expect(result?.pValue).toBeCloseTo(0.00012080783076877434, 12);
    expect(result?.superiority).toBeCloseTo(127.5 / (26 * 26), 12);
  });

  it('agrees with scipy on the human chorioamnion', () => {
    // Hollander and Wolfe (1973), p. 69f, as in R's ?wilcox.test; U of scipy.stats.mannwhitneyu(term, early).
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    expect(mannWhitneyTest(single(term), single(early))?.u).toBe(35);
  });

  it('counts a weighted value by its weight', () => {
    const weighted = mannWhitneyTest(
      [{ value: 1, count: 3 }],
      [
        { value: 1, count: 1 },
        { value: 2, count: 4 },
      ],
    );
    expect(weighted).toEqual(mannWhitneyTest(single([1, 1, 1]), single([1, 2, 2, 2, 2])));
  });

  it('has no result for an empty sample or equal values', () => {
    expect(mannWhitneyTest([], single([1]))).toBeUndefined();
    expect(mannWhitneyTest(single([1, 1]), single([1]))).toBeUndefined();
  });
});

describe("Holm's correction", () => {
  // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005], method='holm'), which rejects the first and the fourth at 0.05.
  it('multiplies the least by the number of tests and never falls', () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => expect(adjusted[index]).toBeCloseTo(expected, 12));
  });

  it('stays at or below 1 and never below the value itself', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (pValues) => {
        holmAdjusted(pValues).forEach((adjusted, index) => {
          expect(adjusted).toBeGreaterThanOrEqual(pValues[index] ?? 1);
          expect(adjusted).toBeLessThanOrEqual(1);
        });
      }),
    );
  });
});
