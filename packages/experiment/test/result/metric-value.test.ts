import { describe, expect, it } from '@jest/globals';
import { metricValueOf } from '../../src/result/metric-value.js';
import { insightsOf, loadOf } from '../builders/insights.js';

const name = 'http/request-count';

describe('a metric that a back end named http gives', () => {
  const loaded = insightsOf(loadOf([1, 2, 3]));
  const collected = { ...loaded, metricValues: [{ [name]: 7 }] };

  it('is found by its name, and the one of a load by its own', () => {
    expect(metricValueOf(collected, 0, name)).toEqual({ kind: 'backend', value: 7, name });
    expect(metricValueOf(collected, 0, 'built-in/request-count')).toMatchObject({ kind: 'load', value: 3 });
    expect(metricValueOf(loaded, 0, name)).toMatchObject({ kind: 'load', value: 3 });
  });

  it('is missing for the reason that it was skipped for', () => {
    const skipped = {
      ...collected,
      metricValues: [{}],
      skippedMetrics: [{ metric: name, version: 0, reason: 'HTTP 503' }],
    };
    expect(metricValueOf(skipped, 0, name)).toEqual({ kind: 'missing', reason: 'HTTP 503' });
  });
});

describe('a service time', () => {
  it('is what requests took from when they were sent, whatever latencies count from', () => {
    const fromDue = loadOf([10, 30], { latencyFrom: 'due', serviceTime: loadOf([1, 3]).latency });
    const insights = insightsOf(fromDue, loadOf([5]));
    expect(metricValueOf(insights, 0, 'http/latency-max')).toMatchObject({ value: 30 });
    expect(metricValueOf(insights, 0, 'http/service-time-max')).toMatchObject({ value: 3 });
    expect(metricValueOf(insights, 0, 'built-in/service-time-p100')).toMatchObject({ value: 3 });
    expect(metricValueOf(insights, 1, 'built-in/service-time-mean')).toMatchObject({ value: 5 });
  });
});
