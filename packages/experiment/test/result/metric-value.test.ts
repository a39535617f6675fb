import { describe, expect, it } from '@jest/globals';
import { metricValueOf } from '../../src/result/metric-value.js';
import { insightsOf, loadOf } from '../builders/insights.js';

const name = 'http/request-count';

describe('a metric that a back end named http gives', () => {
  const loaded = insightsOf(loadOf([1, 2, 3]));
  const collected = { ...loaded, metricValues: [{ [name]: 7 }] };

  it('is found by its name, and the one of a load by its own', () => {
    expect(metricValueOf(collected, 0, name)).toEqual({ kind: 'backend', value: 7 });
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
