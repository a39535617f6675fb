import { describe, expect, it } from '@jest/globals';
import { differenceOfEstimates, cautiousPValue, studentPValue } from '../../../src/assess/statistics/estimate.js';
import { meanEstimate } from '../../../src/assess/statistics/mean.js';
import { sequentialLevel } from '../../../src/assess/statistics/sequential-mixture.js';
import { GrowingMoments } from '../../builders/growing-moments.js';
import { effectInErrors, leastOf, POPULATIONS, randomFrom } from '../../builders/simulated-values.js';

// A difference that one look at the planned size shows with a power of 0.8, or of 0.9: how often 20 looks up to that size show it, each right at every
// look. The bounds are those of the binomial distribution, so that a seed fails once in a million.
const LOOKS = 20;
const PLANNED = 600;
const RUNS = 1200;
const LEVELS = Array.from({ length: LOOKS }, (_, look) => sequentialLevel(0.95, (look + 1) / LOOKS));

describe.each(POPULATIONS)('of $name values', ({ deviation, draw }) => {
  it.each([0.8, 0.9])(
    'a verdict for every look has four fifths of the power of one look (%d), and often comes sooner',
    (power) => {
      const random = randomFrom(31);
      const effect = effectInErrors(power) * deviation * Math.sqrt(2 / PLANNED);
      let [once, ever, looksSaved] = [0, 0, 0];
      for (let run = 0; run < RUNS; run += 1) {
        const [one, other] = [new GrowingMoments(), new GrowingMoments()];
        let shownAt: number | undefined;
        let pValue = 1;
        for (let look = 0; look < LOOKS; look += 1) {
          for (let value = 0; value < PLANNED / LOOKS; value += 1) {
            one.add(draw(random) + effect);
            other.add(draw(random));
          }
          const [oneMean, otherMean] = [meanEstimate(one.moments), meanEstimate(other.moments)];
          if (oneMean === undefined || otherMean === undefined) continue;
          const difference = differenceOfEstimates(oneMean, otherMean);
          pValue = studentPValue(difference);
          if (cautiousPValue(difference) <= 1 - (LEVELS[look] ?? 1)) shownAt ??= look;
        }
        if (pValue <= 0.05) once += 1;
        if (shownAt === undefined) continue;
        ever += 1;
        looksSaved += LOOKS - 1 - shownAt;
      }
      expect(once).toBeGreaterThanOrEqual(leastOf(RUNS, power - 0.05));
      expect(ever).toBeGreaterThanOrEqual(leastOf(RUNS, 0.8 * (once / RUNS)));
      expect(looksSaved / ever).toBeGreaterThan(2);
    },
  );
});
