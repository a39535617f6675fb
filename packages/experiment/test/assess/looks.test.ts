import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { isCertain } from '../../src/assess/is-certain.js';
import type { Insights } from '../../src/result/experiment-result.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const rewards = { max: [], min: [] };
const rate: Slo = { metric: 'built-in/error-rate', bound: 'upper', limit: 0.05, confidence: 0.95 };
const withErrors = (requests: number, errors: number) => loadOf(evenly(requests, 1, 2), { errors });

describe('looks at the same data', () => {
  it('one that is the only one uses the interval for one look', () => {
    const { looks, verdicts } = assess(insightsOf(withErrors(400, 8)), [rate], rewards);
    expect(looks).toMatchObject({ count: 1, validity: 'one look', earlierOneLooks: 0 });
    expect(verdicts[0]?.[0]?.interval).toMatchObject({ method: 'Clopper–Pearson' });
    expect(verdicts[0]?.[0]?.interval?.isForEveryLook).toBeUndefined();
  });

  it('that are announced use intervals for every look, which are wider', () => {
    const once = assess(insightsOf(withErrors(400, 8)), [rate], rewards).verdicts[0]?.[0]?.interval;
    const { looks, verdicts } = assess(insightsOf(withErrors(400, 8)), [rate], rewards, { plannedLooks: 5 });
    const often = verdicts[0]?.[0]?.interval;
    expect(looks).toMatchObject({ validity: 'every look', plannedSizes: [{ 'built-in': 2000 }] });
    expect(often).toMatchObject({ method: 'betting', isForEveryLook: true });
    expect(often?.low).toBeLessThan(once?.low ?? NaN);
    expect(often?.high).toBeGreaterThan(once?.high ?? NaN);
  });

  it('never is a look for one look followed by another such one', () => {
    const first = assess(insightsOf(withErrors(400, 8)), [rate], rewards);
    const grown: Insights = { ...first, loads: insightsOf(withErrors(800, 16)).loads };
    const second = assess(grown, [rate], rewards, { isNewLook: true });
    expect(second.looks).toMatchObject({ count: 2, validity: 'every look', earlierOneLooks: 1 });
    expect(second.verdicts[0]?.[0]?.interval?.isForEveryLook).toBe(true);
    const third = assess(second, [rate], rewards, { isNewLook: true });
    expect(third.looks).toMatchObject({ count: 3, earlierOneLooks: 1 });
  });

  it('count those of a result from before looks were counted', () => {
    const judged = assess(insightsOf(withErrors(400, 8)), [rate], rewards);
    const older: Insights = { ...insightsOf(withErrors(400, 8)), slos: judged.slos, verdicts: judged.verdicts };
    const { looks } = assess(older, [rate], rewards, { isNewLook: true });
    expect([looks?.count, looks?.validity, looks?.earlierOneLooks]).toEqual([2, 'every look', 1]);
  });

  it('keep the size that they were planned for, whatever comes', () => {
    let insights = assess(insightsOf(withErrors(100, 2)), [rate], rewards, { plannedLooks: 20, isNewLook: true });
    for (const requests of [200, 900]) {
      const grown = { ...insights, loads: insightsOf(withErrors(requests, 2)).loads };
      insights = assess(grown, [rate], rewards, { plannedLooks: 20, isNewLook: true });
    }
    expect(insights.looks?.plannedSizes).toEqual([{ 'built-in': 2000 }]);
  });

  it('are kept, of very many every other one', () => {
    const point: Slo = { metric: 'built-in/error-rate', bound: 'upper', limit: 0.05 };
    let insights = insightsOf(withErrors(100, 2));
    for (let look = 0; look < 300; look += 1) insights = assess(insights, [point], rewards, { isNewLook: true });
    expect(insights.looks?.count).toBe(300);
    expect(insights.looks?.history.length).toBeLessThanOrEqual(200);
    expect(insights.looks?.history.at(-1)?.number).toBe(300);
    expect(insights.looks?.history[0]?.number).toBe(1);
  });
});

describe('a verdict is certain', () => {
  const certain = (insights: Insights, slos: readonly Slo[]): boolean =>
    isCertain(assess(insights, slos, rewards, { plannedLooks: 5 }));

  it('when all SLOs with a confidence are satisfied, or one is violated', () => {
    expect(certain(insightsOf(withErrors(2000, 20)), [rate])).toBe(true);
    expect(certain(insightsOf(withErrors(2000, 400)), [rate])).toBe(true);
    expect(certain(insightsOf(withErrors(2000, 95)), [rate])).toBe(false);
    const other: Slo = { metric: 'built-in/p99', bound: 'upper', limit: 1.99, confidence: 0.95 };
    expect(certain(insightsOf(withErrors(2000, 400)), [rate, other])).toBe(true);
  });

  it('never where nothing states a confidence', () => {
    expect(
      certain(insightsOf(withErrors(2000, 20)), [{ metric: 'built-in/error-rate', bound: 'upper', limit: 0.05 }]),
    ).toBe(false);
  });

  it('not before a count that has to be reached is', () => {
    const enough = (limit: number): Slo => ({ metric: 'built-in/request-count', bound: 'lower', limit });
    expect(certain(insightsOf(withErrors(2000, 20)), [rate, enough(3000)])).toBe(false);
    expect(certain(insightsOf(withErrors(2000, 20)), [rate, enough(2000)])).toBe(true);
  });

  it('of several versions when it is of each', () => {
    expect(certain(insightsOf(withErrors(2000, 20), withErrors(2000, 95)), [rate])).toBe(false);
    expect(certain(insightsOf(withErrors(2000, 20), withErrors(2000, 400)), [rate])).toBe(true);
  });

  it('with a reward when it has its winner', () => {
    const fastest = { max: [], min: ['built-in/mean-latency'] };
    const decided = (one: number, other: number): boolean =>
      isCertain(
        assess(insightsOf(loadOf(evenly(400, one, one + 9)), loadOf(evenly(400, other, other + 9))), [], fastest, {
          plannedLooks: 5,
        }),
      );
    expect([decided(5, 5), decided(5, 9)]).toEqual([false, true]);
  });
});
