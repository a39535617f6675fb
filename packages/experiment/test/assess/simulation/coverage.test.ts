import { describe, expect, it } from '@jest/globals';
import { boundedAlone } from '../../../src/assess/evidence/bounded-evidence.js';
import { evidenceChange } from '../../../src/assess/evidence/evidence-change.js';
import { evidenceDifference } from '../../../src/assess/evidence/evidence-difference.js';
import { evidenceInterval } from '../../../src/assess/evidence/evidence-interval.js';
import type { Evidence } from '../../../src/assess/evidence/evidence.js';
import { adjustedMeans } from '../../../src/assess/statistics/cuped.js';
import { differenceOfEstimates, studentInterval } from '../../../src/assess/statistics/estimate.js';
import { binomialCdf, upperGamma } from '../../../src/assess/statistics/distributions.js';
import type { Interval } from '../../../src/assess/statistics/interval.js';
import { differenceInterval } from '../../../src/assess/statistics/mover.js';
import { quantileRankInterval } from '../../../src/assess/statistics/order-statistics.js';
import { garwoodInterval } from '../../../src/assess/statistics/poisson.js';
import { clopperPearsonInterval } from '../../../src/assess/statistics/proportion.js';
import { pairsOf } from '../../builders/moments.js';
import { GrowingMoments } from '../../builders/growing-moments.js';
import {
  leastOf,
  mostOf,
  POPULATIONS,
  randomFrom,
  successesOf,
  type Population,
} from '../../builders/simulated-values.js';

// How often an interval for one look holds what it speaks of: at least as often as it says, at most three points more often. Where there is no
// exact sum, simulated; the bounds are those of the binomial distribution, so that a seed fails once in a million.
const LEVEL = 0.95;
const SLACK = 0.03;

function expectCoverage(covered: number, runs: number): void {
  expect(covered).toBeGreaterThanOrEqual(leastOf(runs, LEVEL));
  expect(covered).toBeLessThanOrEqual(mostOf(runs, LEVEL + SLACK));
}

function holds({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}

describe('summed exactly', () => {
  const binomial = (successes: number, trials: number, rate: number): number =>
    binomialCdf(successes, trials, rate) - binomialCdf(successes - 1, trials, rate);

  it.each([
    [200, 0.3],
    [500, 0.05],
    [500, 0.5],
    [2000, 0.01],
    [5000, 0.002],
  ])('the interval of a proportion, %d trials at %d', (trials, rate) => {
    let coverage = 0;
    for (let successes = 0; successes <= trials; successes += 1) {
      const probability = binomial(successes, trials, rate);
      if (probability < 1e-10) continue;
      if (holds(clopperPearsonInterval({ successes, trials }, LEVEL), rate)) coverage += probability;
    }
    expect(coverage).toBeGreaterThanOrEqual(LEVEL);
    expect(coverage).toBeLessThanOrEqual(LEVEL + SLACK);
  });

  it.each([
    [200, 0.5],
    [500, 0.9],
    [1000, 0.95],
    [5000, 0.99],
  ])('the order statistics of a percentile, %d values at %d', (n, probability) => {
    const { lowRank, highRank } = quantileRankInterval(n, probability, LEVEL);
    const coverage = binomialCdf(highRank - 1, n, probability) - binomialCdf(lowRank - 1, n, probability);
    expect(coverage).toBeGreaterThanOrEqual(LEVEL);
    expect(coverage).toBeLessThanOrEqual(LEVEL + SLACK);
  });

  it.each([10, 40, 100])('the interval of a rate of events, %d expected', (expected) => {
    // P(X <= events) of a Poisson distribution is Q(events + 1, expected).
    const poisson = (events: number): number =>
      upperGamma(events + 1, expected) - (events === 0 ? 0 : upperGamma(events, expected));
    let coverage = 0;
    for (let events = 0; events < 3 * expected + 30; events += 1) {
      if (holds(garwoodInterval({ events, seconds: 1 }, LEVEL), expected)) coverage += poisson(events);
    }
    expect(coverage).toBeGreaterThanOrEqual(LEVEL);
    expect(coverage).toBeLessThanOrEqual(LEVEL + SLACK);
  });
});

function meanEvidence(population: Population, random: () => number, size: number): Evidence {
  const grown = new GrowingMoments();
  for (let value = 0; value < size; value += 1) grown.add(population.draw(random));
  const { moments } = grown;
  return { kind: 'mean', value: moments.mean, moments, observations: size, unit: 'users' };
}

describe.each(POPULATIONS)('of $name values', (population) => {
  const RUNS = 600;

  it('the interval of a mean', () => {
    const random = randomFrom(11);
    let [covered, given] = [0, 0];
    for (let run = 0; run < RUNS; run += 1) {
      const found = evidenceInterval(meanEvidence(population, random, 1500), LEVEL, undefined);
      if (found.kind !== 'interval') continue;
      given += 1;
      if (holds(found.interval, population.mean)) covered += 1;
    }
    expect(given).toBeGreaterThan(RUNS / 2);
    expectCoverage(covered, given);
  });

  it('the interval of a difference of means', () => {
    const random = randomFrom(12);
    let [covered, given] = [0, 0];
    for (let run = 0; run < RUNS; run += 1) {
      const [one, other] = [meanEvidence(population, random, 500), meanEvidence(population, random, 400)];
      const found = evidenceDifference(one, other, LEVEL, undefined);
      if (found.kind !== 'tested') continue;
      given += 1;
      if (holds(found.interval, 0)) covered += 1;
    }
    expect(given).toBeGreaterThan(RUNS / 2);
    expectCoverage(covered, given);
  });
});

describe('simulated', () => {
  const RUNS = 800;
  const [, logNormal] = POPULATIONS;
  if (logNormal === undefined) throw new Error('expected a population');

  const proportionEvidence = (successes: number, trials: number): Evidence => {
    const proportion = { successes, trials };
    return { kind: 'proportion', value: successes / trials, proportion, observations: trials, unit: 'requests' };
  };
  // Each value is a bucket of its own.
  const quantileEvidence = (
    random: () => number,
    count: number,
    probability: number,
    scale = 1,
  ): Extract<Evidence, { kind: 'quantile' }> => {
    const values = Float64Array.from({ length: count }, () => scale * logNormal.draw(random)).sort();
    const buckets = Array.from(values, (value) => ({ lower: value, upper: value, count: 1 }));
    const value = values[Math.ceil(count * probability) - 1] ?? NaN;
    return {
      kind: 'quantile',
      value,
      probability,
      distribution: { count, buckets },
      observations: count,
      unit: 'answers',
    };
  };

  it.each([
    [300, 300, 0.3],
    [1000, 500, 0.05],
    [2000, 2000, 0.02],
  ])('the difference of two proportions, %d and %d trials at %d', (oneTrials, otherTrials, rate) => {
    const random = randomFrom(21);
    const [drawOne, drawOther] = [successesOf(oneTrials, rate), successesOf(otherTrials, rate)];
    let covered = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const one = proportionEvidence(drawOne(random), oneTrials);
      const found = evidenceDifference(one, proportionEvidence(drawOther(random), otherTrials), LEVEL, undefined);
      if (found.kind === 'tested' && holds(found.interval, 0)) covered += 1;
    }
    expectCoverage(covered, RUNS);
  });

  it('the relative change of a proportion', () => {
    const random = randomFrom(22);
    const [drawOne, drawOther] = [successesOf(1500, 0.12), successesOf(1500, 0.1)];
    let covered = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const found = evidenceChange(
        proportionEvidence(drawOne(random), 1500),
        proportionEvidence(drawOther(random), 1500),
        LEVEL,
        undefined,
      );
      if (found.kind === 'change' && holds(found.interval, 0.2)) covered += 1;
    }
    expectCoverage(covered, RUNS);
  });

  it.each([
    ['difference', 0.5],
    ['difference', 0.95],
    ['change', 0.95],
  ] as const)('the %s of two percentiles, at %d', (measure, probability) => {
    const random = randomFrom(23);
    const runs = 400;
    let covered = 0;
    for (let run = 0; run < runs; run += 1) {
      const scale = measure === 'change' ? 1.1 : 1;
      const one = quantileEvidence(random, 800, probability, scale);
      const other = quantileEvidence(random, 600, probability);
      if (measure === 'change') {
        const found = evidenceChange(one, other, LEVEL, undefined);
        if (found.kind === 'change' && holds(found.interval, 0.1)) covered += 1;
      } else {
        // Without the p value, which takes longer than all the rest.
        if (holds(differenceInterval(boundedAlone(one, LEVEL), boundedAlone(other, LEVEL)), 0)) covered += 1;
      }
    }
    expectCoverage(covered, runs);
  });

  it('the relative change of a mean', () => {
    const random = randomFrom(24);
    const scaled = { ...logNormal, draw: (next: () => number) => 1.1 * logNormal.draw(next) };
    const runs = 400;
    let [covered, given] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const one = meanEvidence(scaled, random, 2000);
      const found = evidenceChange(one, meanEvidence(logNormal, random, 2000), LEVEL, undefined);
      if (found.kind !== 'change') continue;
      given += 1;
      if (holds(found.interval, 0.1)) covered += 1;
    }
    expectCoverage(covered, given);
  });

  /** Users with a number of orders, what they spent on them, and what they spent before. */
  const users = (random: () => number, count: number): (readonly [spent: number, orders: number, before: number])[] =>
    Array.from({ length: count }, () => {
      const wealth = Math.sqrt(logNormal.draw(random));
      const orders = 1 + Math.floor(4 * random());
      return [orders * wealth * (0.5 + random()), orders, wealth * (1 + random())] as const;
    });

  it('the difference of two ratios over users', () => {
    const random = randomFrom(25);
    let covered = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const [one, other] = [400, 400].map((count): Evidence => {
        const pairs = pairsOf(users(random, count).map(([spent, orders]) => [spent, orders] as const));
        return { kind: 'ratio', value: pairs.mean / pairs.otherMean, pairs, observations: count, unit: 'users' };
      });
      if (one === undefined || other === undefined) continue;
      const found = evidenceDifference(one, other, LEVEL, undefined);
      if (found.kind === 'tested' && holds(found.interval, 0)) covered += 1;
    }
    expectCoverage(covered, RUNS);
  });

  it('the difference of two means adjusted by a covariate', () => {
    const random = randomFrom(26);
    let covered = 0;
    let explained = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const [one, other] = [400, 300].map((count) =>
        pairsOf(users(random, count).map(([spent, , before]) => [spent, before] as const)),
      );
      const means = one === undefined || other === undefined ? undefined : adjustedMeans(one, other);
      if (means === undefined) continue;
      explained += means.varianceExplained / RUNS;
      if (holds(studentInterval(differenceOfEstimates(means.one, means.other), LEVEL), 0)) covered += 1;
    }
    expect(explained).toBeGreaterThan(0.2);
    expectCoverage(covered, RUNS);
  });
});
