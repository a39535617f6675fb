import { describe, expect, it } from '@jest/globals';
import { jqValue } from '../../src/backends/jq-value.js';
import { readObservedMetric } from '../../src/backends/observed-metric.js';

describe('an object with observations', () => {
  it.each([
    [{ count: 3, of: 120 }, { kind: 'proportion', successes: 3, trials: 120 }, { '': 0.025 }],
    // As Prometheus extrapolates an increase.
    [{ count: 2.9, of: 119.7 }, { kind: 'proportion', successes: 3, trials: 120 }, { '': 0.025 }],
    [{ events: 12, seconds: 60 }, { kind: 'events', events: 12, seconds: 60 }, { '': 0.2 }],
    [{ count: 50, mean: 7, stddev: 2 }, { kind: 'mean', count: 50, mean: 7, squaredDeviations: 200 }, { '': 7 }],
  ])('%j', (value, sample, values) => {
    expect(readObservedMetric(value)).toEqual({ sample, values });
  });

  it('is a histogram by cumulative counts, in any order, of several series, with edges as texts', () => {
    const buckets = [
      ['+Inf', 5],
      ['10', 2],
      [20, 4],
      ['10', 1],
      ['20', 1],
      ['+Inf', 5],
    ];
    expect(readObservedMetric({ buckets, sum: 150 })).toEqual({
      sample: { kind: 'histogram', bounds: [10, 20], counts: [3, 2, 5], sum: 150 },
      values: { '/count': 10, '/mean': 15, '/p50.0': 20, '/p95.0': 20, '/p99.0': 20 },
    });
    expect(
      readObservedMetric({
        buckets: [
          [10, 3],
          [20, 4],
        ],
      })?.sample,
    ).toMatchObject({ counts: [3, 1, 0] });
  });

  it.each([
    [{ count: 5, of: 3 }],
    [{ count: 0, of: 0 }],
    [{ count: -1, of: 3 }],
    [{ count: 1, of: 3, more: 1 }],
    [{ events: 1, seconds: 0 }],
    [{ buckets: [] }],
    [{ buckets: [['+Inf', 3]] }],
    [{ buckets: [['ten', 3]] }],
    [
      {
        buckets: [
          [10, 3],
          [20, 2],
        ],
      },
    ],
    [
      {
        buckets: [
          [10, 0],
          ['+Inf', 0],
        ],
      },
    ],
    [{}],
  ])('is none of the forms: %j', async (value) => {
    expect(readObservedMetric(value)).toBeUndefined();
    expect(await jqValue(JSON.stringify(value), '.')).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('expected a number or {"count", "of"}'),
    });
  });
});
