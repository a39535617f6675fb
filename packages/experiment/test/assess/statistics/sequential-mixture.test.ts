import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalQuantile } from '../../../src/assess/statistics/distributions.js';
import { plannedCriticalValue } from '../../../src/assess/statistics/planned-look.js';
import {
  sequentialCriticalValue,
  sequentialLevel,
  sequentialPValue,
} from '../../../src/assess/statistics/sequential-mixture.js';
import { mostOf, randomFrom } from '../../builders/simulated-values.js';

describe('the critical value at any look', () => {
  // The same mixture and the same bound in Python 3, written again with math.erfc and math.cosh, solved by bisection.
  it.each([
    [0.95, 0.05, 4.329024919399103],
    [0.95, 0.25, 3.707130501468401],
    [0.95, 1, 2.3484449726379415],
    [0.95, 10, 4.089867657074942],
    [0.99, 1, 2.931309474317328],
    [0.9, 0.5, 3.0008153737874195],
  ])('at level %d and %d of the plan is %d', (level, fraction, expected) => {
    expect(sequentialCriticalValue(level, fraction)).toBeCloseTo(expected, 6);
  });

  it('at the planned size is near that of one look, since looks there have an error rate of their own', () => {
    // A single two-sided sequential test needs sqrt(2 ln(2/0.05)) = 2.716 there, one look 1.960.
    for (const fraction of [0.98, 1, 1.02]) {
      expect(sequentialCriticalValue(0.95, fraction)).toBeGreaterThan(1.96);
      expect(sequentialCriticalValue(0.95, fraction)).toBeLessThan(2.4);
    }
    for (const fraction of [0.97, 1.03]) expect(sequentialCriticalValue(0.95, fraction)).toBeGreaterThan(3);
  });

  it('is exceeded there with at most the error rate that it has, as often as one looks', () => {
    const random = randomFrom(7);
    const critical = plannedCriticalValue(0.03);
    const [runs, steps] = [4000, 200];
    let exceeded = 0;
    for (let run = 0; run < runs; run += 1) {
      // A Brownian motion from 0.98 to 1.02 of the plan.
      let sum = Math.sqrt(0.98) * normalQuantile(random());
      for (let step = 0; step <= steps; step += 1) {
        const share = 0.98 + (0.04 * step) / steps;
        if (Math.abs(sum) >= critical * Math.sqrt(share)) {
          exceeded += 1;
          break;
        }
        sum += Math.sqrt(0.04 / steps) * normalQuantile(random());
      }
    }
    expect(exceeded).toBeLessThanOrEqual(mostOf(runs, 0.03));
    expect(exceeded).toBeGreaterThan(0.018 * runs);
  });

  it('is always stricter than one look', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (fraction, level) => {
          expect(sequentialLevel(level, fraction)).toBeGreaterThan(level);
          expect(sequentialLevel(level, fraction)).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('the p value at any look', () => {
  it('is at the level exactly where the interval ends', () => {
    for (const fraction of [0.05, 0.3, 1, 7]) {
      expect(sequentialPValue(1 - sequentialLevel(0.95, fraction), 0.95, fraction)).toBeCloseTo(0.05, 6);
    }
  });

  it('is never below that of one look, and rises with it', () => {
    let before = 0;
    for (const pValue of [1e-300, 1e-12, 0.001, 0.01, 0.05, 0.3, 1]) {
      const sequential = sequentialPValue(pValue, 0.95, 1);
      expect(sequential).toBeGreaterThanOrEqual(pValue);
      expect(sequential).toBeGreaterThanOrEqual(before);
      expect(sequential).toBeLessThanOrEqual(1);
      before = sequential;
    }
  });
});
