import { describe, expect, it } from '@jest/globals';
import {
  effectForMeans,
  effectForRates,
  sizeForMeans,
  sizeForRates,
  type PlanAim,
} from '../../../src/assess/plan/difference-plan.js';
import { planShare } from '../../../src/assess/plan/share-plan.js';

const once = (power: number): PlanAim => ({ level: 0.95, power, isForEveryLook: false });
const often = (power: number): PlanAim => ({ level: 0.95, power, isForEveryLook: true });

describe('the size that finds a difference', () => {
  // statsmodels.stats.power.TTestIndPower().solve_power(effect, alpha=0.05, power=power), rounded up (statsmodels 0.15.0); the second is R's
  // power.t.test(power = .90, delta = 1): n = 22.02.
  it.each([
    [0.5, 0.8, 64],
    [1, 0.9, 23],
    [0.1, 0.9, 2103],
  ])('of means by %d deviations with a power of %d is %d', (effect, power, size) => {
    expect(Math.abs(sizeForMeans(effect, 1, once(power)) - size)).toBeLessThanOrEqual(1);
  });

  it('of rates is that of R', () => {
    // ?power.prop.test: power.prop.test(p1 = .50, p2 = .75, power = .90), n = 76.7; and (p1 = .02, p2 = .01, power = .8), n = 2318.2.
    expect(sizeForRates(0.5, 0.75, once(0.9))).toBe(77);
    expect(sizeForRates(0.02, 0.01, once(0.8))).toBe(2319);
  });

  it('is larger at every look', () => {
    const ratio = sizeForMeans(0.1, 1, often(0.9)) / sizeForMeans(0.1, 1, once(0.9));
    // ((2.348 + 1.282) / (1.960 + 1.282))²
    expect(ratio).toBeCloseTo(1.254, 2);
  });

  it('is the inverse of the effect that a size finds', () => {
    expect(sizeForMeans(effectForMeans(2000, 3, once(0.9)), 3, once(0.9))).toBeGreaterThan(1998);
    expect(sizeForMeans(effectForMeans(2000, 3, once(0.9)), 3, once(0.9))).toBeLessThan(2004);
    const rise = effectForRates(2000, 0.05, once(0.9)) ?? NaN;
    expect(sizeForRates(0.05 + rise, 0.05, once(0.9))).toBe(2000);
    expect(effectForRates(2, 0.05, once(0.9))).toBeUndefined();
  });
});

describe('what a share can decide', () => {
  it('matches scipy for 2000 trials against 0.01', () => {
    // 11 successes satisfy and 30 violate by scipy.stats.beta; the rates at which so many come with 0.8 by brentq on scipy.stats.binom.
    const found = planShare(2000, 0.01, 0.95, 0.8, undefined);
    expect(found.satisfiedUpTo).toBeCloseTo(0.004517678757291473, 8);
    expect(found.violatedFrom).toBeCloseTo(0.01721931411527391, 8);
    expect(found.leastTrials).toBe(368);
  });

  it('is nothing with too few trials, and never that none fails', () => {
    expect(planShare(367, 0.01, 0.95, 0.8, undefined).satisfiedUpTo).toBeUndefined();
    expect(planShare(368, 0.01, 0.95, 0.8, undefined).satisfiedUpTo).toBeDefined();
    expect(planShare(1000, 0, 0.95, 0.8, undefined)).not.toHaveProperty('leastTrials');
  });

  it('is less at every look', () => {
    const one = planShare(2000, 0.01, 0.95, 0.8, undefined);
    const every = planShare(2000, 0.01, 0.95, 0.8, 2000);
    expect(every.satisfiedUpTo).toBeLessThan(one.satisfiedUpTo ?? NaN);
    expect(every.violatedFrom).toBeGreaterThan(one.violatedFrom ?? NaN);
  });
});
