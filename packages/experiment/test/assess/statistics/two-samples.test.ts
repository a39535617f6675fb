import { describe, expect, it } from '@jest/globals';
import { adjustedMeans } from '../../../src/assess/statistics/cuped.js';
import {
  cautiousInterval,
  cautiousPValue,
  differenceOfEstimates,
  skewnessCorrectedInterval,
  skewnessCorrectedPValue,
  studentInterval,
} from '../../../src/assess/statistics/estimate.js';
import { meanEstimate } from '../../../src/assess/statistics/mean.js';
import { ratioInterval } from '../../../src/assess/statistics/mover.js';
import { mergePairs } from '../../../src/assess/statistics/paired-moments.js';
import { equalRatesTest, garwoodInterval, rateSequence } from '../../../src/assess/statistics/poisson.js';
import { clopperPearsonInterval, fisherExactTest, wilsonInterval } from '../../../src/assess/statistics/proportion.js';
import { ratioEstimate } from '../../../src/assess/statistics/ratio.js';
import { pairsOf } from '../../builders/moments.js';

// Numbers computed with scipy 1.17.1, statsmodels 0.15.0 and gbstats 0.8.0 (GrowthBook's statistics), by the call named beside them.

describe("Clopper and Pearson's interval", () => {
  // scipy.stats.binomtest(successes, trials).proportion_ci(method='exact'), for the cases of Newcombe (Statistics in Medicine 17, 1998, p. 857).
  it.each([
    [81, 263, 0.25273674558504267, 0.36762192260134746],
    [15, 148, 0.05784401008344801, 0.16165049034947895],
    [0, 20, 0, 0.16843347098308548],
    [1, 29, 0.0008726468835971072, 0.17764429548841465],
  ])('of %d in %d is %d to %d', (successes, trials, low, high) => {
    const interval = clopperPearsonInterval({ successes, trials }, 0.95);
    expect(interval.low).toBeCloseTo(low, 11);
    expect(interval.high).toBeCloseTo(high, 11);
  });

  it('of no error in 368 ends below 0.01, in 367 does not', () => {
    expect(clopperPearsonInterval({ successes: 0, trials: 368 }, 0.95).high).toBeLessThan(0.01);
    expect(clopperPearsonInterval({ successes: 0, trials: 367 }, 0.95).high).toBeGreaterThan(0.01);
  });
});

describe("Fisher's test of many", () => {
  // scipy.stats.fisher_exact
  it.each([
    [405, 572, 595, 595, 9.571262490768693e-59],
    [500_000, 1_000_000, 501_000, 1_000_000, 0.1577145048697666],
  ])('%d of %d beside %d of %d: %d', (a, m, b, n, pValue) => {
    const p = fisherExactTest({ successes: a, trials: m }, { successes: b, trials: n });
    expect(p / pValue).toBeCloseTo(1, 7);
  });
});

describe('rates of events', () => {
  it("have Garwood's interval", () => {
    // scipy.stats.chi2.ppf(0.025, 20) / 8 and chi2.ppf(0.975, 22) / 8: 10 events in 4 seconds.
    const { low, high } = garwoodInterval({ events: 10, seconds: 4 }, 0.95);
    expect(low).toBeCloseTo(1.1988471740331084, 10);
    expect(high).toBeCloseTo(4.597589010504445, 10);
    expect(garwoodInterval({ events: 0, seconds: 1 }, 0.95).low).toBe(0);
  });

  // The same martingale in Python, its limits by scipy.optimize.brentq.
  it.each([
    [10, 1, 1, 3.622981249881141, 21.38335027197525],
    [3, 100, 50, 0.003233277416630977, 0.1158638684427025],
    [0, 100, 50, 0, 0.03725809904545467],
  ])(
    'of %d events in %d s, planned for %d s, lie at every look from %d to %d',
    (events, seconds, planned, low, high) => {
      const interval = rateSequence({ events, seconds }, planned, 0.95);
      expect(interval.low).toBeCloseTo(low, 7);
      expect(interval.high).toBeCloseTo(high, 7);
    },
  );

  it('are compared given their sum', () => {
    // scipy.stats.binomtest(10, 40, 0.5).pvalue; 2 * min(binom.cdf(10, 40, 1/3), binom.sf(9, 40, 1/3)).
    const p = (oneSeconds: number, otherSeconds: number): number =>
      equalRatesTest({ events: 10, seconds: oneSeconds }, { events: 30, seconds: otherSeconds });
    expect(p(100, 100)).toBeCloseTo(0.0022214337732293643, 12);
    expect(p(100, 200)).toBeCloseTo(0.34287037644087104, 10);
  });
});

describe('the ratio of two values', () => {
  it("has Fieller's interval where those of the values are symmetric", () => {
    // Fieller's roots for 10 ± 1.96·0.5 over 8 ± 1.96·0.4, in Python.
    const bounded = (value: number, error: number) => ({
      value,
      low: value - 1.96 * error,
      high: value + 1.96 * error,
    });
    const { low, high } = ratioInterval(bounded(10, 0.5), bounded(8, 0.4));
    expect(low).toBeCloseTo(1.0876208013670856, 12);
    expect(high).toBeCloseTo(1.436622026754191, 12);
  });

  it("has that of MOVER-R with Wilson's limits", () => {
    // The roots of Zou and Donner's limits of p1 - R p0 by scipy.optimize.brentq, on statsmodels' Wilson limits: 56 of 70 over 48 of 80.
    const rate = (successes: number, trials: number) => ({
      value: successes / trials,
      ...wilsonInterval({ successes, trials }, 0.95),
    });
    const { low, high } = ratioInterval(rate(56, 70), rate(48, 80));
    expect(low).toBeCloseTo(1.0782946132402955, 10);
    expect(high).toBeCloseTo(1.6629199665110799, 10);
  });

  it('is unbounded above where the lower value may be 0, and 0 below where the upper one may be', () => {
    expect(ratioInterval({ value: 2, low: 1, high: 3 }, { value: 1, low: 0, high: 2 }).high).toBe(Infinity);
    expect(ratioInterval({ value: 1, low: 0, high: 2 }, { value: 2, low: 1, high: 3 }).low).toBe(0);
    expect(ratioInterval({ value: 2, low: 1, high: Infinity }, { value: 1, low: 0.5, high: Infinity })).toEqual({
      low: 0,
      high: Infinity,
    });
  });
});

const SPENT = [
  [12.5, 2],
  [0, 1],
  [7, 1],
  [30.2, 4],
  [4.4, 1],
  [18, 3],
  [9.9, 2],
  [22, 3],
] as const;

const LATER_SPENT = [
  [10, 1],
  [3, 1],
  [14, 2],
  [26, 3],
  [8, 1],
  [11, 2],
  [19, 2],
  [5, 1],
  [21, 3],
] as const;

describe('the ratio of two sums over users', () => {
  // gbstats.models.statistics.RatioStatistic: mean, and the root of variance / n.
  it.each([
    [SPENT, 6.117647058823529, 0.606212347741052],
    [LATER_SPENT, 7.3125, 0.5991766048167814],
  ])('has the error of the delta method', (pairs, value, standardError) => {
    const estimate = ratioEstimate(pairsOf(pairs));
    expect(estimate?.value).toBeCloseTo(value, 12);
    expect(estimate?.standardError).toBeCloseTo(standardError, 12);
  });

  it('is the same with users who have none of both', () => {
    const estimate = ratioEstimate(pairsOf(SPENT));
    const more = ratioEstimate(pairsOf([...SPENT, [0, 0], [0, 0]]));
    expect(more?.value).toBeCloseTo(estimate?.value ?? NaN, 12);
    // Only n / (n - 1) changes, which is nothing with users by the thousand.
    expect((more?.standardError ?? 0) / (estimate?.standardError ?? 1)).toBeCloseTo(Math.sqrt(10 / 9 / (8 / 7)), 10);
  });

  it('has no result for one user, or a sum of 0', () => {
    expect(ratioEstimate(pairsOf([[3, 1]]))).toBeUndefined();
    expect(
      ratioEstimate(
        pairsOf([
          [3, 0],
          [4, 0],
        ]),
      ),
    ).toBeUndefined();
  });
});

describe('means adjusted by what users did before', () => {
  const before = [11, 1, 6, 25, 6, 15, 8, 24];
  const laterBefore = [9, 2, 12, 30, 9, 10, 15, 7, 18];
  const one = pairsOf(LATER_SPENT.map(([spent], index) => [spent, laterBefore[index] ?? 0] as const));
  const other = pairsOf(SPENT.map(([spent], index) => [spent, before[index] ?? 0] as const));

  it('differ as in an analysis of covariance, with the error of CUPED', () => {
    // statsmodels.api.OLS of the values on group and covariate: its coefficient of the group. The error of gbstats'
    // RegressionAdjustedStatistic of both groups with that regression's θ.
    const means = adjustedMeans(one, other);
    const difference = means === undefined ? undefined : differenceOfEstimates(means.one, means.other);
    expect(difference?.value).toBeCloseTo(-0.44949022939677263, 10);
    expect(difference?.standardError).toBeCloseTo(1.2037065065590276, 10);
    expect(means?.varianceExplained).toBeGreaterThan(0.9);
  });

  it('are what they were without a relation, and where the covariate does not vary', () => {
    const flat = [one, other].map((pairs) => ({ ...pairs, otherSquaredDeviations: 0, products: 0, otherMean: 4 }));
    const [oneFlat = one, otherFlat = other] = flat;
    const means = adjustedMeans(oneFlat, otherFlat);
    expect(means?.one.value).toBe(one.mean);
    expect(means?.varianceExplained).toBe(0);
  });

  it('are merged from parts as if found at once', () => {
    const parts = mergePairs(pairsOf(SPENT.slice(0, 3)), pairsOf(SPENT.slice(3)));
    const whole = pairsOf(SPENT);
    for (const key of Object.keys(whole) as (keyof typeof whole)[]) expect(parts[key]).toBeCloseTo(whole[key], 10);
  });
});

describe('an interval corrected for skewness', () => {
  const estimate = { value: 5, standardError: 0.4, degreesOfFreedom: 99, skewness: 0.15 };

  it('has the ends of Hall’s transformation', () => {
    // m - s/√n · 3/κ · (cbrt(1 + κ(t - κ/6)) - 1) with t of scipy.stats.t.ppf, in Python.
    const { low, high } = skewnessCorrectedInterval(estimate, 0.95);
    expect(low).toBeCloseTo(4.28257396007888, 9);
    expect(high).toBeCloseTo(5.901447507162626, 9);
  });

  it('ends where its p value is 1 less the level', () => {
    const { low } = skewnessCorrectedInterval(estimate, 0.95);
    expect(skewnessCorrectedPValue({ ...estimate, value: 5 - low })).toBeCloseTo(0.05, 9);
  });

  it('and the cautious one of it and Student’s holds what either holds', () => {
    const { low, high } = cautiousInterval(estimate, 0.95);
    const plain = studentInterval(estimate, 0.95);
    const corrected = skewnessCorrectedInterval(estimate, 0.95);
    expect([low, high]).toEqual([Math.min(plain.low, corrected.low), Math.max(plain.high, corrected.high)]);
    // The longer tail is that of the correction, the shorter one Student's.
    expect([low, high]).toEqual([plain.low, corrected.high]);
    for (const value of [low, high]) {
      expect(cautiousPValue({ ...estimate, value: 5 - value })).toBeCloseTo(0.05, 9);
    }
  });

  it("is Student's without skewness", () => {
    const plain = { value: 5, standardError: 0.4, degreesOfFreedom: 99 };
    expect(skewnessCorrectedInterval(plain, 0.95)).toEqual(studentInterval(plain, 0.95));
  });

  it('takes the skewness of a mean from the cubes, and that of a difference from both', () => {
    const skewed = { count: 100, mean: 3, squaredDeviations: 400, cubedDeviations: 1600 };
    // Skewness 1600/100 / (400/100)^1.5 = 2, over √100.
    expect(meanEstimate(skewed)?.skewness).toBeCloseTo(0.2, 12);
    const mean = meanEstimate(skewed);
    if (mean === undefined) throw new Error('expected an estimate');
    expect(differenceOfEstimates(mean, mean).skewness).toBeCloseTo(0, 12);
  });
});
