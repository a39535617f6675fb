import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import type { Insights } from '../../src/result/experiment-result.js';
import type { MetricSample } from '../../src/result/metric-sample.js';
import type { BaselineSlo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const rewards = { max: [], min: [] };
const relative = (metric: string, share: number, bound: BaselineSlo['bound'] = 'upper'): BaselineSlo => ({
  metric,
  bound,
  margin: { kind: 'relative', share },
  confidence: 0.95,
});
const absolute = (metric: string, amount: number): BaselineSlo => ({
  metric,
  bound: 'upper',
  margin: { kind: 'absolute', amount },
  confidence: 0.95,
});

function valueOf(sample: MetricSample): number {
  if (sample.kind === 'proportion') return sample.successes / sample.trials;
  return sample.kind === 'events' ? sample.events / sample.seconds : 0;
}

function judge(insights: Insights, slo: BaselineSlo) {
  return assess(insights, [slo], rewards).verdicts[0] ?? [];
}

describe('an SLO against the baseline', () => {
  const base = evenly(2000, 10, 30);
  const slower = (share: number) => base.map((value) => value * (1 + share));

  it.each(['built-in/mean-latency', 'built-in/p95', 'built-in/p50'])('of %s: within, beyond, and open', (metric) => {
    const stateAt = (share: number) =>
      judge(insightsOf(loadOf(base), loadOf(slower(share))), relative(metric, 0.1))[1]?.state;
    expect([stateAt(0), stateAt(0.1), stateAt(0.3)]).toEqual(['satisfied', 'inconclusive', 'violated']);
  });

  it('shows the change with its interval, and the first version satisfies what it is', () => {
    const [first, second] = judge(
      insightsOf(loadOf(base), loadOf(slower(0.02))),
      relative('built-in/mean-latency', 0.1),
    );
    expect(first).toEqual({ state: 'satisfied', value: expect.closeTo(20, 9) });
    expect(second).toMatchObject({ state: 'satisfied', change: expect.closeTo(0.02, 9), interval: { level: 0.95 } });
    expect(second?.interval?.low).toBeLessThan(0.02);
    expect(second?.interval?.high).toBeGreaterThan(0.02);
  });

  it('of which lower values are worse looks the other way', () => {
    const insights = insightsOf(loadOf(base), loadOf(slower(-0.3)));
    expect(judge(insights, relative('built-in/mean-latency', 0.1, 'lower'))[1]?.state).toBe('violated');
    expect(judge(insights, relative('built-in/mean-latency', 0.1, 'upper'))[1]?.state).toBe('satisfied');
  });

  it('of an error rate takes an amount, since no share can be taken of none', () => {
    const insights = insightsOf(loadOf(base), loadOf(base));
    const share = judge(insights, relative('built-in/error-rate', 0.05))[1];
    expect(share).toMatchObject({ state: 'inconclusive' });
    expect(share?.reason).toContain('give the margin as a number');
    expect(judge(insights, absolute('built-in/error-rate', 0.005))[1]?.state).toBe('satisfied');
    const failing = insightsOf(loadOf(base), loadOf(base, { errors: 60 }));
    expect(judge(failing, absolute('built-in/error-rate', 0.005))[1]?.state).toBe('violated');
  });

  it('reports what would decide it, and that counts are not compared', () => {
    const short = base.filter((_, index) => index % 20 === 0);
    const open = judge(insightsOf(loadOf(short), loadOf(short)), relative('built-in/mean-latency', 0.02))[1];
    expect(open).toMatchObject({ state: 'inconclusive', moreObservations: { unit: 'answers' } });
    const counts = judge(insightsOf(loadOf(base), loadOf(base)), relative('built-in/request-count', 0.1))[1];
    expect(counts?.reason).toContain('no random variation');
  });

  it.each<[string, MetricSample, MetricSample, MetricSample]>([
    [
      'shop/errors',
      { kind: 'proportion', successes: 400, trials: 4000 },
      { kind: 'proportion', successes: 404, trials: 4000 },
      { kind: 'proportion', successes: 800, trials: 4000 },
    ],
    [
      'shop/timeouts',
      { kind: 'events', events: 900, seconds: 60 },
      { kind: 'events', events: 905, seconds: 60 },
      { kind: 'events', events: 1800, seconds: 60 },
    ],
    [
      'shop/latency/p90',
      { kind: 'histogram', bounds: [10, 20, 30, 40], counts: [5000, 3000, 1900, 80, 20] },
      { kind: 'histogram', bounds: [10, 20, 30, 40], counts: [5000, 3010, 1890, 80, 20] },
      { kind: 'histogram', bounds: [10, 20, 30, 40], counts: [100, 200, 300, 5000, 4400] },
    ],
  ])('of %s, from a back end', (metric, baseline, same, worse) => {
    const name = metric.replace(/\/p\d+$/, '');
    const insights = (later: MetricSample): Insights => ({
      ...insightsOf(loadOf([]), loadOf([])),
      metricValues: [baseline, later].map((sample) => ({ [name]: valueOf(sample) })),
      metricSamples: [{ [name]: baseline }, { [name]: later }],
    });
    expect(judge(insights(same), relative(metric, 0.6))[1]?.state).toBe('satisfied');
    expect(judge(insights(worse), relative(metric, 0.2))[1]?.state).toBe('violated');
  });
});
