import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import type { Assignment } from '../../src/result/data-check.js';
import type { Insights } from '../../src/result/experiment-result.js';
import type { MetricSample } from '../../src/result/metric-sample.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';
import { momentsOf, pairsOf } from '../builders/moments.js';

const values = (count: number, shift: number): number[] => evenly(count, shift, shift + 10);
const rewards = { max: ['abn/spent/user-mean'], min: [] };

/** An A/B test in which the second version brings more, by far. */
function abTest(
  assignment: Partial<Assignment>,
  sampleOf?: (of: readonly number[], version: number) => MetricSample,
): Insights {
  const spent = [values(500, 0), values(500, 5)];
  return {
    ...insightsOf(loadOf([]), loadOf([])),
    metricValues: spent.map((of) => ({ 'abn/spent/user-mean': momentsOf(of).mean, 'abn/user-count': of.length })),
    metricSamples: spent.map((of, version) => ({
      'abn/spent/user-mean': sampleOf?.(of, version) ?? { kind: 'mean', ...momentsOf(of) },
    })),
    assignment: {
      application: 'shop',
      weights: [1, 1],
      exposed: [500, 500],
      valued: { spent: [500, 500] },
      denominators: {},
      ...assignment,
    },
  };
}

function outcomeOf(insights: Insights, plannedLooks = 1) {
  return assess(insights, [], rewards, { plannedLooks }).rewards[0];
}

describe('the data of an A/B/n test', () => {
  it('decide when users are split by weight and all gave a value', () => {
    const { checks, rewards: outcomes } = assess(abTest({}), [], rewards);
    expect(checks?.map(({ kind, holds }) => [kind, holds])).toEqual([
      ['split', true],
      ['attrition', true],
    ]);
    expect(outcomes[0]?.winner).toBe(1);
  });

  it.each<[string, Partial<Assignment>, string]>([
    ['an unequal split', { exposed: [700, 500], valued: { spent: [700, 500] } }, 'sample ratio mismatch'],
    ['a split that is not by weight', { weights: [80, 20] }, 'sample ratio mismatch'],
    ['users of a version that gets none', { weights: [1, 0] }, 'sample ratio mismatch'],
    [
      'values that are missing in one version',
      { exposed: [572, 595], valued: { spent: [405, 595] } },
      'attrition differs',
    ],
  ])('decide nothing with %s', (_name, assignment, reason) => {
    for (const plannedLooks of [1, 10]) {
      const outcome = outcomeOf(abTest(assignment), plannedLooks);
      expect(outcome?.winner).toBeNull();
      expect(outcome?.reason).toContain(reason);
    }
  });

  it('decide nothing by verdicts and comparisons either, except for the number of users', () => {
    const slos = [
      { metric: 'abn/spent/user-mean', bound: 'lower', limit: 1, confidence: 0.95 },
      { metric: 'abn/user-count', bound: 'lower', limit: 10 },
    ] as const;
    const { verdicts, comparisons } = assess(abTest({ exposed: [620, 500] }), slos, rewards);
    expect(verdicts.map(([first]) => first?.state)).toEqual(['inconclusive', 'satisfied']);
    expect(verdicts[0]?.[0]?.reason).toContain(
      'users of shop by version are 620 to 500, by weight they would be about 560 to 560',
    );
    expect(comparisons).toEqual([]);
  });

  it('decide by what counts every user where values are missing', () => {
    const lost: Partial<Assignment> = { exposed: [700, 700], valued: { spent: [500, 690] } };
    const sample: MetricSample = { kind: 'proportion', successes: 500, trials: 700 };
    const insights = abTest(lost);
    const all: Insights = {
      ...insights,
      metricValues: [{ 'abn/spent/user-share': 5 / 7 }, { 'abn/spent/user-share': 69 / 70 }],
      metricSamples: [{ 'abn/spent/user-share': sample }, { 'abn/spent/user-share': { ...sample, successes: 690 } }],
    };
    expect(assess(all, [], { max: ['abn/spent/user-share'], min: [] }).rewards[0]?.winner).toBe(1);
  });

  it('decide nothing by a ratio whose denominator is missing in one version', () => {
    const ratio = (shift: number): MetricSample => ({
      kind: 'ratio',
      pairs: pairsOf(values(500, shift).map((value, user) => [value, 1 + (user % 3)] as const)),
    });
    const insights: Insights = {
      ...abTest({ exposed: [700, 700], valued: { orders: [500, 690] }, denominators: { 'per-order': 'orders' } }),
      metricValues: [{ 'abn/per-order/ratio': 2 }, { 'abn/per-order/ratio': 4 }],
      metricSamples: [{ 'abn/per-order/ratio': ratio(0) }, { 'abn/per-order/ratio': ratio(5) }],
    };
    const perOrder = { max: ['abn/per-order/ratio'], min: [] };
    expect(assess(insights, [], perOrder).rewards[0]?.reason).toContain('attrition differs');
    const whole = abTest({ denominators: { 'per-order': 'orders' } });
    const { metricValues, metricSamples = [] } = insights;
    expect(assess({ ...whole, metricValues, metricSamples }, [], perOrder).rewards[0]?.winner).toBe(1);
  });

  it('decide nothing adjusted by a covariate in which versions differ', () => {
    const withCovariate =
      (shift: number) =>
      (of: readonly number[], version: number): MetricSample => ({
        kind: 'mean',
        ...momentsOf(of),
        covariate: {
          metric: 'before',
          pairs: pairsOf(of.map((value, user) => [value, (user % 7) + version * shift] as const)),
          without: { count: 0, mean: 0, squaredDeviations: 0 },
        },
      });
    expect(outcomeOf(abTest({}, withCovariate(0)))?.winner).toBe(1);
    expect(outcomeOf(abTest({}, withCovariate(3)))?.reason).toContain('before the experiment versions cannot differ');
  });
});
