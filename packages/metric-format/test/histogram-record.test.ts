import { describe, expect, it } from '@jest/globals';
import { parseHistogram } from '@redmeter/metric-format';

const GOOD = { count: 3, sum: 7.5, bounds: [5, 10], counts: [1, 2, 0] };

describe('parseHistogram', () => {
  it('reads buckets and window', () => {
    const window = [{ since: 1, counts: [0, 1, 0] }];
    expect(parseHistogram({ ...GOOD, window, created: 1, timestamp: 2 })).toEqual({
      type: 'histogram',
      count: 3,
      sum: 7.5,
      shape: { kind: 'buckets', bounds: [5, 10], counts: [1, 2, 0], window: [{ sinceMs: 1, counts: [0, 1, 0] }] },
      createdMs: 1,
      timestampMs: 2,
    });
  });

  it.each([[undefined], [null], [[]], [{}]])('reads a window of %j as none', (window) => {
    expect(parseHistogram({ ...GOOD, window })).toMatchObject({ shape: { window: undefined } });
  });

  it('reads percentiles without buckets', () => {
    expect(parseHistogram({ count: 3, sum: '+Inf', p50: 1, p99: 'NaN' })).toMatchObject({
      sum: Number.POSITIVE_INFINITY,
      shape: { kind: 'percentiles', p50: 1, p95: undefined, p99: Number.NaN },
    });
  });

  it('makes 0 of -0', () => {
    expect(parseHistogram({ count: -0, sum: 0 })).toMatchObject({ count: 0 });
  });

  it.each([
    ['missing_value', { count: undefined }],
    ['missing_value', { sum: null }],
    ['invalid_value', { count: 1.5 }],
    ['invalid_value', { sum: 'x' }],
    ['invalid_histogram', { bounds: [] }],
    ['invalid_histogram', { bounds: [10, 5] }],
    ['invalid_histogram', { bounds: [5, 5] }],
    ['invalid_histogram', { counts: [1, 2] }],
    ['invalid_histogram', { counts: [1, 1, 0] }],
    ['invalid_histogram', { counts: undefined }],
    ['invalid_histogram', { window: [{ since: 1, counts: [2, 0, 0] }] }],
    ['invalid_histogram', { window: [1, 2, 3] }],
    ['invalid_histogram', { bounds: Array.from({ length: 201 }, (_, i) => i), counts: new Array(202).fill(0) }],
  ])('says %s of %j', (reason, change) => {
    expect(parseHistogram({ ...GOOD, ...change })).toBe(reason);
  });
});
