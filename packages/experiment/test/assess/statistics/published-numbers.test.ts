import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holmAdjusted } from '../../../src/assess/statistics/holm.js';
import { mannWhitneyTest } from '../../../src/assess/statistics/mann-whitney.js';
import { meanInterval, welchTest, type SampleMoments } from '../../../src/assess/statistics/mean.js';
import { leastSampleForUpperBound, quantileRankInterval } from '../../../src/assess/statistics/order-statistics.js';
import { fisherExactTest, newcombeInterval, wilsonInterval } from '../../../src/assess/statistics/proportion.js';

function moments(values: readonly number[]): SampleMoments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { count: values.length, mean, squaredDeviations: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

const single = (values: readonly number[]) => values.map((value) => ({ value, count: 1 }));

describe("Wilson's interval", () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is %d to %d', (successes, trials, low, high) => {
    const interval = wilsonInterval({ successes, trials }, 0.95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
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
  // Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
  ])('%d of %d less %d of %d lies from %d to %d', (a, m, b, n, low, high) => {
    const interval = newcombeInterval({ successes: a, trials: m }, { successes: b, trials: n }, 0.95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  // R's ?fisher.test: Fisher's tea tasting (1935), and his like-sex twins of convicted criminals (1962).
  it.each([
    [3, 4, 1, 4, 0.4857],
    [2, 17, 10, 13, 0.0005367],
  ])('%d of %d beside %d of %d: Fisher says %d', (a, m, b, n, pValue) => {
    const p = fisherExactTest({ successes: a, trials: m }, { successes: b, trials: n });
    expect(p / pValue).toBeCloseTo(1, 3);
  });
});

describe('the order statistics that enclose a quantile', () => {
  // Le Boudec, Performance Evaluation of Computer and Communication Systems (2010), table A.1: medians at 95 %.
  it.each([
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
  ])('of the median of %d are %d and %d', (n, lowRank, highRank) => {
    expect(quantileRankInterval(n, 0.5, 0.95)).toEqual({ lowRank, highRank });
  });

  it('need 59 values for the 95th percentile, one-sided 95 % (Wilks 1941), and 72 two-sided', () => {
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
  // Student's sleep data (Biometrika 6, 1908), as R's ?t.test prints it.
  const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

  it("is tested as Welch's test in R", () => {
    const result = welchTest(moments(drug1), moments(drug2), 0.95);
    expect(result?.t).toBeCloseTo(-1.8608, 4);
    expect(result?.degreesOfFreedom).toBeCloseTo(17.776, 3);
    expect(result?.pValue).toBeCloseTo(0.07939, 5);
    expect(result?.interval.low).toBeCloseTo(-3.3654832, 6);
    expect(result?.interval.high).toBeCloseTo(0.2054832, 6);
    // Cohen's d of -0.832 times 1 - 3/(4·18 - 1).
    expect(result?.hedgesG).toBeCloseTo(-0.832181 * (1 - 3 / 71), 5);
  });

  it('has an interval for each mean', () => {
    // R: t.test(sleep$extra[1:10])$conf.int
    const interval = meanInterval(moments(drug1), 0.95);
    expect(interval?.low).toBeCloseTo(-0.5297804, 6);
    expect(interval?.high).toBeCloseTo(2.0297804, 6);
  });

  it('says nothing of single or equal values', () => {
    expect(welchTest(moments([1]), moments([1, 2]), 0.95)).toBeUndefined();
    expect(welchTest(moments([1, 1]), moments([2, 2]), 0.95)).toBeUndefined();
    expect(meanInterval(moments([3]), 0.95)).toBeUndefined();
  });
});

describe("Mann and Whitney's test", () => {
  it('agrees with R on ozone in May and August, which has ties', () => {
    // R's ?wilcox.test: Ozone ~ Month of airquality, W = 127.5, p-value = 0.0001208.
    const may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
    const august = [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
    ];
    const result = mannWhitneyTest(single(may), single(august));
    expect(result?.u).toBe(127.5);
    expect(result?.pValue).toBeCloseTo(0.0001208, 7);
    expect(result?.superiority).toBeCloseTo(127.5 / (26 * 26), 12);
  });

  it('agrees with Hollander and Wolfe (1973, p. 69) on the human chorioamnion', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    expect(mannWhitneyTest(single(term), single(early))?.u).toBe(35);
  });

  it('counts a weighted value as often as it stands', () => {
    const weighted = mannWhitneyTest(
      [{ value: 1, count: 3 }],
      [
        { value: 1, count: 1 },
        { value: 2, count: 4 },
      ],
    );
    expect(weighted).toEqual(mannWhitneyTest(single([1, 1, 1]), single([1, 2, 2, 2, 2])));
  });

  it('says nothing of an empty sample or equal values', () => {
    expect(mannWhitneyTest([], single([1]))).toBeUndefined();
    expect(mannWhitneyTest(single([1, 1]), single([1]))).toBeUndefined();
  });
});

describe("Holm's correction", () => {
  // The worked example of Holm–Bonferroni with four hypotheses: at 0.05 the first and the fourth are rejected.
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
