import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import type { Insights } from '../../src/result/experiment-result.js';
import type { MetricSample } from '../../src/result/metric-sample.js';
import type { Rewards } from '../../src/result/reward.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';
import { momentsOf } from '../builders/moments.js';

const fastest: Rewards = { max: [], min: ['built-in/mean-latency'] };

function sampled(...values: readonly (readonly number[])[]): Insights {
  const samples = values.map((of): MetricSample => ({ kind: 'mean', ...momentsOf(of) }));
  return {
    ...insightsOf(...values.map(() => loadOf([]))),
    metricValues: values.map((of) => ({ 'shop/spent': momentsOf(of).mean })),
    metricSamples: samples.map((sample) => ({ 'shop/spent': sample })),
  };
}

describe('a reward', () => {
  it('names a winner where the difference is beyond chance', () => {
    const [outcome] = assess(insightsOf(loadOf(evenly(400, 20, 40)), loadOf(evenly(400, 5, 15))), [], fastest).rewards;
    expect(outcome).toMatchObject({ winner: 1, best: 1, confidence: 0.95 });
    expect(outcome?.comparisons).toMatchObject([{ version: 0, effect: expect.closeTo(-20, 6), test: 'Welch' }]);
    expect(outcome?.comparisons?.[0]?.interval.high).toBeLessThan(0);
  });

  it('names no winner of two versions that do not differ', () => {
    const [outcome] = assess(insightsOf(loadOf(evenly(400, 5, 15)), loadOf(evenly(400, 5, 15.2))), [], fastest).rewards;
    expect(outcome).toMatchObject({ winner: null, best: 0, reason: 'the difference to version 1 may be chance' });
    expect(outcome?.comparisons?.[0]?.interval.low).toBeLessThan(0);
    expect(outcome?.comparisons?.[0]?.interval.high).toBeGreaterThan(0);
  });

  it('estimates how many more observations would decide, and that many do', () => {
    const values = (count: number, shift: number): number[] => evenly(count, shift, shift + 10);
    const before = assess(sampled(values(100, 0), values(100, 0.6)), [], { max: ['shop/spent'], min: [] }).rewards[0];
    expect(before).toMatchObject({ winner: null, moreObservations: { unit: 'observations' } });
    const total = 100 + (before?.moreObservations?.count ?? 0);
    // (1.96 + 0.84)² · 2 · 8.5 / 0.6²: the textbook number for a power of 0.8.
    expect(total).toBeGreaterThan(330);
    expect(total).toBeLessThan(420);
    const after = assess(sampled(values(total, 0), values(total, 0.6)), [], { max: ['shop/spent'], min: [] })
      .rewards[0];
    expect(after?.winner).toBe(1);
  });

  it('is corrected for all versions and rewards by Holm', () => {
    const values = (shift: number): number[] => evenly(100, shift, shift + 10);
    // p = 0.02 alone.
    const alone = assess(sampled(values(0), values(0.96)), [], { max: ['shop/spent'], min: [] }).rewards[0];
    expect(alone?.winner).toBe(1);
    const insights = sampled(values(0), values(0), values(0), values(0.96));
    const among = assess(insights, [], { max: ['shop/spent'], min: [] }).rewards[0];
    expect(among).toMatchObject({ winner: null, best: 3 });
    for (const { pValue, adjustedPValue } of among?.comparisons ?? []) {
      expect(adjustedPValue).toBeCloseTo(3 * pValue, 9);
    }
  });

  it('holds to the confidence that it states', () => {
    const insights = sampled(evenly(100, 0, 10), evenly(100, 0.96, 10.96));
    const at = (confidence: number) =>
      assess(insights, [], { max: ['shop/spent'], min: [], confidence }).rewards[0]?.winner;
    expect([at(0.9), at(0.95), at(0.99)]).toEqual([1, 1, null]);
  });

  it.each([
    ['built-in/error-rate', loadOf(evenly(600, 1, 2), { errors: 60 }), loadOf(evenly(600, 1, 2), { errors: 6 })],
    ['built-in/p95', loadOf(evenly(600, 1, 30)), loadOf(evenly(600, 1, 20))],
  ])('can be %s', (metric, worse, better) => {
    const outcomes = assess(insightsOf(worse, better), [], { max: [], min: [metric] }).rewards;
    expect(outcomes[0]?.winner).toBe(1);
    expect(assess(insightsOf(worse, worse), [], { max: [], min: [metric] }).rewards[0]?.winner).toBeNull();
  });

  it.each([
    ['built-in/request-count', 'which has no random variation'],
    ['built-in/max-latency', 'max-latency has no interval without assumptions about its distribution'],
  ])('on %s names no winner, since the role of chance is unknown', (metric, reason) => {
    const insights = insightsOf(loadOf(evenly(400, 5, 15)), loadOf(evenly(300, 5, 25)));
    const [outcome] = assess(insights, [], { max: [metric], min: [] }).rewards;
    expect(outcome?.winner).toBeNull();
    expect(outcome?.reason).toContain(reason);
    const point = assess(insights, [], { max: [metric], min: [], winner: 'point' }).rewards;
    expect(point[0]?.winner).toBe(metric === 'built-in/request-count' ? 0 : 1);
  });

  it('is never won by a version that violates an SLO or a guard rail, nor by one of which it is open', () => {
    const insights = insightsOf(
      loadOf(evenly(400, 20, 40)),
      loadOf(evenly(400, 5, 15), { errors: 40 }),
      loadOf(evenly(400, 30, 50)),
    );
    const rail = (limit: number): Slo => ({
      metric: 'built-in/error-rate',
      bound: 'upper',
      limit,
      confidence: 0.95,
      isGuardRail: true,
    });
    expect(assess(insights, [rail(0.05)], fastest).rewards[0]?.winner).toBe(0);
    const open = assess(insights, [rail(0.1)], fastest).rewards[0];
    expect(open).toMatchObject({ winner: null, best: 1 });
    expect(open?.reason).toContain('not certain');
    expect(assess(insights, [rail(0.2)], fastest).rewards[0]?.winner).toBe(1);
  });

  it('is won without a comparison by the only version that violates no SLO', () => {
    const limit: Slo = { metric: 'built-in/p95', bound: 'upper', limit: 20 };
    const insights = insightsOf(loadOf(evenly(400, 20, 40)), loadOf(evenly(400, 5, 15)));
    expect(assess(insights, [limit], fastest).rewards[0]).toMatchObject({
      winner: 1,
      reason: 'the only version that violates no SLO',
    });
  });
});
