import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  sequentialCriticalValue,
  sequentialLevel,
  sequentialPValue,
} from '../../../src/assess/statistics/sequential-mixture.js';

describe('the critical value at any look', () => {
  // The same mixture in Python, solved by scipy.optimize.brentq over scipy.special.logsumexp (scipy 1.17.1).
  it.each([
    [0.95, 0.05, 4.047221461946086],
    [0.95, 0.25, 3.3449966528462536],
    [0.95, 1, 2.7497931114525684],
    [0.95, 10, 3.826032950508194],
    [0.99, 1, 3.2850710555786655],
    [0.9, 0.5, 2.6325502652209676],
  ])('at level %d and %d of the plan is %d', (level, fraction, expected) => {
    expect(sequentialCriticalValue(level, fraction)).toBeCloseTo(expected, 9);
  });

  it('at the planned size is near the least that any test for every look can have', () => {
    // A single two-sided sequential test needs sqrt(2 ln(2/0.05)) = 2.716 there, a mixture over a normal prior 3.03 at best.
    expect(sequentialCriticalValue(0.95, 1)).toBeGreaterThan(2.716);
    expect(sequentialCriticalValue(0.95, 1)).toBeLessThan(2.8);
  });

  it('always asks for more than one look does', () => {
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
