import { describe, expect, it } from '@jest/globals';
import { distrustOf } from '../../../src/assess/evidence/evidence-interval.js';
import {
  differenceOfEstimates,
  cautiousPValue,
  studentPValue,
  type Estimate,
} from '../../../src/assess/statistics/estimate.js';
import { mannWhitneyTest } from '../../../src/assess/statistics/mann-whitney.js';
import { meanEstimate } from '../../../src/assess/statistics/mean.js';
import { sequentialLevel } from '../../../src/assess/statistics/sequential-mixture.js';
import type { SampleMoments } from '../../../src/result/sample-moments.js';
import { GrowingMoments } from '../../builders/growing-moments.js';
import { mostOf, POPULATIONS, randomFrom, type Population } from '../../builders/simulated-values.js';

// Experiments without any effect, judged 20 times while they grow. The numbers of runs are such that a seed fails once in a million where
// the promise holds.
const LOOKS = 20;
const LEVEL = 0.95;
const LEVELS = Array.from({ length: LOOKS }, (_, look) => sequentialLevel(LEVEL, (look + 1) / LOOKS));

function estimateOf(moments: SampleMoments): Estimate {
  const estimate = meanEstimate(moments);
  if (estimate === undefined) throw new Error('expected at least two values');
  return estimate;
}

/** Draws the observations of one experiment, look by look; `judge` says whether a look gives a verdict, which is false. */
function isEverWrong(
  population: Population,
  random: () => number,
  sizes: readonly number[],
  judge: (estimates: readonly Estimate[], look: number) => boolean,
): boolean {
  const grown = sizes.map(() => new GrowingMoments());
  for (let look = 0; look < LOOKS; look += 1) {
    grown.forEach((moments, index) => {
      for (let value = 0; value < (sizes[index] ?? 0) / LOOKS; value += 1) moments.add(population.draw(random));
    });
    if (
      judge(
        grown.map(({ moments }) => estimateOf(moments)),
        look,
      )
    )
      return true;
  }
  return false;
}

describe.each(POPULATIONS)('of A/A tests of $name values with 20 looks', (population) => {
  const RUNS = 1200;

  it.each([
    ['as many of each', [600, 600]],
    ['four times as many of one', [1200, 300]],
  ])('at most one in twenty ever tells versions apart: %s', (_name, sizes) => {
    const random = randomFrom(1);
    let wrong = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const isWrong = isEverWrong(population, random, sizes, ([one, other], look) => {
        if (one === undefined || other === undefined) return false;
        const difference = differenceOfEstimates(one, other);
        if (distrustOf(difference, 1) !== undefined) return false;
        return cautiousPValue(difference) <= 1 - (LEVELS[look] ?? 1);
      });
      if (isWrong) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(mostOf(RUNS, 1 - LEVEL));
  });

  it('at most one in twenty ever leaves out the true mean', () => {
    const random = randomFrom(2);
    let wrong = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const isWrong = isEverWrong(population, random, [1000], ([mean], look) => {
        if (mean === undefined || distrustOf(mean, 1) !== undefined) return false;
        const error = { ...mean, value: mean.value - population.mean };
        return cautiousPValue(error) <= 1 - (LEVELS[look] ?? 1);
      });
      if (isWrong) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(mostOf(RUNS, 1 - LEVEL));
  });
});

it('with intervals for one look, one in five A/A tests tells versions apart at some look', () => {
  // Why all this is needed: Armitage, McPherson and Rowe (J. R. Statist. Soc. A 132, 1969, p. 235) give 0.248 for 20 looks.
  const [population] = POPULATIONS;
  if (population === undefined) throw new Error('expected a population');
  const random = randomFrom(3);
  const RUNS = 1000;
  let wrong = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const isWrong = isEverWrong(population, random, [400, 400], ([one, other]) =>
      one === undefined || other === undefined ? false : studentPValue(differenceOfEstimates(one, other)) <= 0.05,
    );
    if (isWrong) wrong += 1;
  }
  expect(wrong / RUNS).toBeGreaterThan(0.2);
  expect(wrong / RUNS).toBeLessThan(0.3);
});

it('of A/A tests by ranks with 20 looks at most one in twenty ever tells versions apart', () => {
  // Log-normal latencies in buckets of a tenth of their size, as a load keeps them.
  const [, logNormal] = POPULATIONS;
  if (logNormal === undefined) throw new Error('expected a population');
  const random = randomFrom(4);
  const RUNS = 500;
  let wrong = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const counts = [new Map<number, number>(), new Map<number, number>()];
    const valuesOf = (index: number) => [...(counts[index] ?? [])].map(([value, count]) => ({ value, count }));
    for (let look = 0; look < LOOKS; look += 1) {
      for (const held of counts) {
        for (let value = 0; value < 25; value += 1) {
          const bucket = Math.ceil(Math.log(logNormal.draw(random)) / Math.log(1.1));
          held.set(bucket, (held.get(bucket) ?? 0) + 1);
        }
      }
      const test = mannWhitneyTest(valuesOf(0), valuesOf(1));
      if (test !== undefined && test.pValue <= 1 - (LEVELS[look] ?? 1)) {
        wrong += 1;
        break;
      }
    }
  }
  expect(wrong).toBeLessThanOrEqual(mostOf(RUNS, 0.05));
});
