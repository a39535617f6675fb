import { describe, expect, it } from '@jest/globals';
import { parseHistogram } from '@redmeter/metric-format';

const GOOD = {
  count: 7,
  sum: 812.5,
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 1,
  positive: { indexes: [-3, 1], counts: [2, 3] },
  negative: { indexes: [4], counts: [1] },
};
const NOTHING = { indexes: [], counts: [] };

describe('parseHistogram of native buckets', () => {
  it('reads buckets and window', () => {
    const { count, sum, ...native } = GOOD;
    const window = [{ since: 1, zeroCount: 1, positive: { indexes: [1], counts: [3] } }];
    expect(parseHistogram({ ...GOOD, window, created: 1, timestamp: 2 })).toEqual({
      type: 'histogram',
      count,
      sum,
      shape: {
        kind: 'native',
        ...native,
        classic: undefined,
        window: [{ sinceMs: 1, zeroCount: 1, positive: { indexes: [1], counts: [3] }, negative: NOTHING }],
      },
      createdMs: 1,
      timestampMs: 2,
    });
  });

  it('reads the classic buckets beside them, whose earlier copies may be missing', () => {
    const window = [
      { since: 1, zeroCount: 0 },
      { since: 2, counts: [1, 1] },
    ];
    expect(parseHistogram({ ...GOOD, bounds: [5], counts: [3, 4], window })).toMatchObject({
      shape: {
        classic: { bounds: [5], counts: [3, 4] },
        window: [{ zeroCount: 0 }, { sinceMs: 2, positive: NOTHING }],
      },
    });
  });

  it.each([
    [{ count: 0, sum: 0, schema: 0 }],
    [{ count: 0, sum: 0, schema: 0, zeroThreshold: null, zeroCount: null, positive: null, negative: {} }],
    [{ count: 0, sum: 0, schema: 0, positive: { indexes: {}, counts: {} }, negative: { indexes: [], counts: [] } }],
  ])('reads %j as one without observations', (fields) => {
    expect(parseHistogram(fields)).toMatchObject({
      count: 0,
      shape: { schema: 0, zeroThreshold: 2 ** -128, zeroCount: 0, positive: NOTHING, negative: NOTHING },
    });
  });

  it.each([
    [-4, -67, 65],
    [-1, -537, 513],
    [0, -1074, 1025],
    [3, -8592, 8193],
    [8, -274_944, 262_145],
  ])('reads all indexes at schema %i from %i to %i, and no others', (schema, first, last) => {
    const at = (index: number): unknown =>
      parseHistogram({ count: 1, sum: 0, schema, positive: { indexes: [index], counts: [1] } });
    expect(at(first)).toMatchObject({ shape: { positive: { indexes: [first] } } });
    expect(at(last)).toMatchObject({ shape: { positive: { indexes: [last] } } });
    expect(at(first - 1)).toBe('invalid_histogram');
    expect(at(last + 1)).toBe('invalid_histogram');
  });

  it.each([
    ['a schema above 8', { schema: 9 }],
    ['a schema below -4', { schema: -5 }],
    ['a broken schema', { schema: 2.5 }],
    ['a schema in words', { schema: '3' }],
    ['a negative threshold', { zeroThreshold: -1 }],
    ['a threshold in words', { zeroThreshold: '+Inf' }],
    ['a negative count of zeros', { zeroCount: -1, count: 5 }],
    ['a count that is not the sum', { count: 8 }],
    ['indexes that fall', { positive: { indexes: [1, -3], counts: [2, 3] } }],
    ['an index twice', { positive: { indexes: [1, 1], counts: [2, 3] } }],
    ['a broken index', { positive: { indexes: [0.5, 1], counts: [2, 3] } }],
    ['fewer counts than indexes', { positive: { indexes: [-3, 1], counts: [5] } }],
    ['a count of 0', { positive: { indexes: [-3, 1], counts: [5, 0] } }],
    ['indexes without counts', { positive: { indexes: [-3] } }],
    ['buckets that are a list', { positive: [[-3, 5]] }],
    ['buckets that are a number', { negative: 1 }],
    ['classic counts of another sum', { bounds: [5], counts: [3, 3] }],
    ['bounds without counts', { bounds: [5] }],
    ['a copy with more in a bucket', { window: [{ since: 1, positive: { indexes: [1], counts: [4] } }] }],
    ['a copy with another bucket', { window: [{ since: 1, positive: { indexes: [2], counts: [1] } }] }],
    ['a copy with more zeros', { window: [{ since: 1, zeroCount: 2 }] }],
    ['a copy without a time', { window: [{ zeroCount: 0 }] }],
    ['copies in the wrong order', { window: [{ since: 2 }, { since: 1 }] }],
    ['a copy with more in a classic bucket', { bounds: [5], counts: [3, 4], window: [{ since: 1, counts: [4, 0] }] }],
  ])('refuses %s', (_name, change) => {
    expect(parseHistogram({ ...GOOD, ...change })).toBe('invalid_histogram');
  });
});
