import { describe, expect, it } from '@jest/globals';
import { isLabelName, isMetricName, isReservedLabelName, isReservedMetricName } from '@redmeter/metric-format';

describe('names', () => {
  it.each(['a', '_', 'A9_', 'x'.repeat(200)])('allow %j', (name) => {
    expect([isMetricName(name), isLabelName(name)]).toEqual([true, true]);
  });

  it.each(['', '9', 'a-b', 'a:b', 'a b', 'é', 'a\n', '\na', 'a.b'])('refuse %j', (name) => {
    expect([isMetricName(name), isLabelName(name)]).toEqual([false, false]);
  });
});

describe('reserved metric names', () => {
  it.each([
    'up',
    'ALERTS',
    'ALERTS_FOR_STATE',
    'scrape_duration_seconds',
    'redis_up',
    'redis_script_values',
    'redis_exporter_x',
    'redmeter_skipped_keys',
  ])('include %s', (name) => {
    expect(isReservedMetricName(name)).toBe(true);
  });

  it.each([
    'upx',
    'Up',
    'ALERT',
    'scrape',
    'redis_upx',
    'redis_memory',
    'redmeter',
    'redmeter_writer_x',
    'redmeter_experiment_x',
    'redmeter_release_x',
  ])('do not include %s', (name) => {
    expect(isReservedMetricName(name)).toBe(false);
  });
});

describe('reserved label names', () => {
  it.each(['job', 'instance', 'le', 'quantile', '__name__', '__x', '__'])('include %s', (name) => {
    expect(isReservedLabelName(name)).toBe(true);
  });

  it.each(['jobs', 'Le', '_x', 'name'])('do not include %s', (name) => {
    expect(isReservedLabelName(name)).toBe(false);
  });
});
