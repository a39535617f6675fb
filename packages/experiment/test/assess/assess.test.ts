import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { judgeSlo } from '../../src/assess/slo-verdict.js';
import { NO_LATENCIES } from '../../src/result/latency-summary.js';
import type { LoadSummary } from '../../src/result/load-summary.js';
import type { SloVerdict } from '../../src/result/slo-verdict.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const noRewards = { max: [], min: [] };

function judge(load: LoadSummary, slo: Slo): SloVerdict {
  return judgeSlo(insightsOf(load), 0, slo);
}

describe('an SLO', () => {
  it.each<[string, Slo, SloVerdict['state']]>([
    ['at its upper limit', { metric: 'built-in/mean-latency', bound: 'upper', limit: 5 }, 'satisfied'],
    ['just above it', { metric: 'built-in/mean-latency', bound: 'upper', limit: 4.999 }, 'violated'],
    ['at its lower limit', { metric: 'built-in/request-count', bound: 'lower', limit: 2 }, 'satisfied'],
    ['just below it', { metric: 'built-in/request-count', bound: 'lower', limit: 3 }, 'violated'],
    ['by an alias', { metric: 'http/latency-max', bound: 'upper', limit: 8 }, 'satisfied'],
    ['by a percentile nobody listed', { metric: 'built-in/p97.5', bound: 'upper', limit: 8 }, 'satisfied'],
  ])('%s', (_name, slo, state) => {
    expect(judge(loadOf([2, 8]), slo).state).toBe(state);
  });

  it('is never satisfied by a missing metric', () => {
    const slo: Slo = { metric: 'prometheus/errors', bound: 'upper', limit: 1e9 };
    expect(judge(loadOf([2, 8]), slo)).toEqual({ state: 'inconclusive', reason: 'no value: no task collected it' });
    const skipped = [{ metric: 'prometheus/errors', version: 0, reason: 'HTTP 503' }];
    expect(judgeSlo({ ...insightsOf(loadOf([1])), skippedMetrics: skipped }, 0, slo).reason).toBe('no value: HTTP 503');
  });

  it('on latency is never satisfied when nothing answered', () => {
    const silent = loadOf([], { requests: 5, errors: 5, latency: NO_LATENCIES });
    expect(judge(silent, { metric: 'built-in/p95', bound: 'upper', limit: 1e9 })).toEqual({
      state: 'inconclusive',
      reason: 'no value: no request got a response',
    });
    expect(judge(silent, { metric: 'built-in/error-rate', bound: 'upper', limit: 0 }).state).toBe('violated');
  });

  it.each([
    [19, 95, 'is based on 19 responses; this percentile needs at least 20'],
    [20, 95, undefined],
    [999, 99.9, 'is based on 999 responses; this percentile needs at least 1000'],
    [1000, 99.9, undefined],
    [1, 50, 'is based on 1 responses; this percentile needs at least 2'],
    [1, 100, undefined],
  ])('on %d answers at the %d th percentile warns: %s', (count, percent, warning) => {
    const verdict = judge(loadOf(evenly(count, 1, 2)), {
      metric: `built-in/p${percent}`,
      bound: 'upper',
      limit: 100,
    });
    expect(verdict.state).toBe('satisfied');
    expect(verdict.warning).toBe(warning);
  });
});

describe('an SLO with a confidence', () => {
  const rate = (limit: number): Slo => ({ metric: 'built-in/error-rate', bound: 'upper', limit, confidence: 0.95 });
  const p95 = (limit: number): Slo => ({ metric: 'built-in/p95', bound: 'upper', limit, confidence: 0.95 });

  it('is decided by the interval: an error rate', () => {
    // 15 in 148: 0.0578 to 0.1617.
    const load = loadOf(evenly(148, 1, 2), { errors: 15 });
    expect(judge(load, rate(0.17)).state).toBe('satisfied');
    expect(judge(load, rate(0.05)).state).toBe('violated');
    expect(judge(load, rate(0.12))).toMatchObject({
      state: 'inconclusive',
      value: 15 / 148,
      interval: {
        low: expect.closeTo(0.0578, 4),
        high: expect.closeTo(0.1617, 4),
        level: 0.95,
        method: 'Clopper–Pearson',
      },
      reason: 'the limit lies within the interval',
    });
  });

  it('is decided by the interval: a percentile, bounded by the buckets of its order statistics', () => {
    // 1 to 1000 ms: ranks 936 and 964 enclose the 95th percentile, in buckets less than 1 % wide.
    const load = loadOf(evenly(1000, 1, 1000));
    expect(judge(load, p95(970)).state).toBe('satisfied');
    expect(judge(load, p95(950)).state).toBe('inconclusive');
    expect(judge(load, p95(930)).state).toBe('violated');
  });

  it('is inconclusive while too few answers bound the percentile', () => {
    expect(judge(loadOf(evenly(71, 1, 2)), p95(1000))).toMatchObject({
      state: 'inconclusive',
      reason: '71 responses give no upper bound; 72 would',
    });
    expect(judge(loadOf(evenly(72, 1, 2)), p95(1000)).state).toBe('satisfied');
  });

  it('can be violated before it could be satisfied', () => {
    expect(judge(loadOf(evenly(30, 500, 600)), p95(100)).state).toBe('violated');
  });

  it('on a count is exact, on an extreme has no interval', () => {
    const load = loadOf([1, 2, 3]);
    expect(judge(load, { metric: 'built-in/error-count', bound: 'upper', limit: 0, confidence: 0.9 }).state).toBe(
      'satisfied',
    );
    expect(judge(load, { metric: 'built-in/max-latency', bound: 'upper', limit: 9, confidence: 0.9 }).state).toBe(
      'inconclusive',
    );
  });

  it('on the metric of a back end is inconclusive', () => {
    const insights = { ...insightsOf(loadOf([1])), metricValues: [{ 'redis/users_waiting': 3 }] };
    const slo: Slo = { metric: 'redis/users_waiting', bound: 'upper', limit: 5 };
    expect(judgeSlo(insights, 0, slo).state).toBe('satisfied');
    expect(judgeSlo(insights, 0, { ...slo, confidence: 0.95 }).state).toBe('inconclusive');
  });
});

describe('one assessment after another', () => {
  const errors: Slo = { metric: 'built-in/error-rate', bound: 'upper', limit: 0 };
  const mean: Slo = { metric: 'built-in/mean-latency', bound: 'upper', limit: 30 };

  it('leaves the verdicts on other SLOs as they are', () => {
    const first = assess(insightsOf(loadOf([2, 8], { errors: 1 })), [errors], noRewards);
    const { slos, verdicts } = assess(first, [mean], noRewards);
    expect(slos).toEqual([errors, mean]);
    expect(verdicts.map(([verdict]) => verdict?.state)).toEqual(['violated', 'satisfied']);
  });

  it('judges an SLO again that is given again, by any alias', () => {
    const first = assess(insightsOf(loadOf([40])), [mean, errors], noRewards);
    const again = { ...mean, metric: 'http/latency-mean' };
    const { slos, verdicts } = assess({ ...first, loads: insightsOf(loadOf([20])).loads }, [again], noRewards);
    expect(slos).toEqual([errors, again]);
    expect(verdicts.map(([verdict]) => verdict?.state)).toEqual(['satisfied', 'satisfied']);
  });

  it('lets no version win that violates an SLO given later', () => {
    const rewards = { max: ['built-in/request-count'], min: [], winner: 'point' } as const;
    const first = assess(insightsOf(loadOf([40, 40]), loadOf([2])), [errors], rewards);
    expect(first.rewards[0]?.winner).toBe(0);
    const later = assess(first, [mean], { ...rewards, max: [], min: ['built-in/mean-latency'] });
    expect(later.rewards.map(({ winner }) => winner)).toEqual([1, 1]);
  });
});

describe('several versions', () => {
  const fast = loadOf(evenly(400, 5, 15));
  const slow = loadOf(evenly(400, 20, 40));

  it('are judged each by itself', () => {
    const { verdicts } = assess(
      insightsOf(fast, slow),
      [
        { metric: 'built-in/p95', bound: 'upper', limit: 30 },
        { metric: 'built-in/error-rate', bound: 'upper', limit: 0 },
      ],
      noRewards,
    );
    expect(verdicts.map((byVersion) => byVersion.map(({ state }) => state))).toEqual([
      ['satisfied', 'violated'],
      ['satisfied', 'satisfied'],
    ]);
  });

  it('compete by rewards, when they satisfy all SLOs: by the better estimate if requested', () => {
    const rewards = {
      max: ['built-in/request-count', 'shop/revenue'],
      min: ['built-in/mean-latency'],
      winner: 'point',
    } as const;
    const insights = { ...insightsOf(fast, slow), metricValues: [{ 'shop/revenue': 10 }, { 'shop/revenue': 12 }] };
    expect(assess(insights, [], rewards).rewards).toEqual([
      { metric: 'built-in/request-count', direction: 'max', winner: null, reason: 'several versions are equally good' },
      { metric: 'shop/revenue', direction: 'max', winner: 1 },
      { metric: 'built-in/mean-latency', direction: 'min', winner: 0 },
    ]);
    const strict: Slo = { metric: 'built-in/p95', bound: 'upper', limit: 30 };
    expect(assess(insights, [strict], rewards).rewards[1]).toMatchObject({ winner: 0 });
    const impossible: Slo = { ...strict, limit: 0 };
    expect(assess(insights, [impossible], rewards).rewards[1]).toMatchObject({
      winner: null,
      reason: 'no version satisfies all SLOs',
    });
  });

  it('are compared with the first, corrected for the number of comparisons', () => {
    const { comparisons } = assess(insightsOf(fast, slow), [], noRewards);
    expect(comparisons.map(({ metric, test }) => [metric, test])).toEqual([
      ['built-in/mean-latency', 'Welch'],
      ['built-in/latency', 'Mann–Whitney'],
      ['built-in/error-rate', 'Fisher exact'],
    ]);
    expect(comparisons[0]).toMatchObject({ version: 1, baseline: 0, effect: expect.closeTo(20, 9) });
    expect(comparisons[0]?.interval?.low).toBeGreaterThan(19);
    expect(comparisons[1]?.effect).toBe(1);
    expect(comparisons[2]).toMatchObject({ effect: 0, pValue: 1, adjustedPValue: 1 });
    for (const { pValue, adjustedPValue } of comparisons) expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
  });

  it('that do not differ have a p-value of 1', () => {
    const { comparisons } = assess(insightsOf(fast, loadOf(evenly(400, 5, 15))), [], noRewards);
    for (const { adjustedPValue } of comparisons) expect(adjustedPValue).toBe(1);
  });
});

describe('many assessments of one look', () => {
  const slo = (limit: number): Slo => ({ metric: 'built-in/p95', bound: 'upper', limit });

  it('add up, and each SLO is judged once, by the latest', () => {
    let insights = insightsOf(loadOf(evenly(100, 1, 100)));
    for (const limit of [200, 300, 50, 200]) insights = assess(insights, [slo(limit)], { max: [], min: [] });
    expect(insights.slos).toEqual([slo(300), slo(50), slo(200)]);
    const states = insights.verdicts.map(([verdict]) => verdict?.state);
    expect(states).toEqual(['satisfied', 'violated', 'satisfied']);
    expect(insights.looks?.history.at(-1)?.verdicts.map(([verdict]) => verdict?.state)).toEqual(states);
  });

  it('can continue from the same insights in two ways', () => {
    const first = assess(insightsOf(loadOf(evenly(100, 1, 100))), [slo(200)], { max: [], min: [] });
    const one = assess(first, [slo(300)], { max: [], min: [] });
    const other = assess(first, [slo(300), slo(50)], { max: [], min: [] });
    expect([one.slos.length, other.slos.length]).toEqual([2, 3]);
    expect(assess(one, [slo(50)], { max: [], min: [] }).slos).toEqual(other.slos);
    expect(assess(first, [slo(200)], { max: [], min: [] }).slos).toEqual([slo(200)]);
  });
});
