import { expect, it } from '@jest/globals';
import { jsonObject, numberJson, parseRecord, valueFields, type MetricType } from '../src/index.js';

it.each([
  [0.1, '0.1'],
  [-0, '-0'],
  [Number.NaN, '"NaN"'],
  [Number.POSITIVE_INFINITY, '"+Inf"'],
  [Number.NEGATIVE_INFINITY, '"-Inf"'],
  [undefined, 'null'],
])('writes the number %s', (value, json) => {
  expect(numberJson(value)).toBe(json);
});

const classic = { bounds: [5, 10], counts: [1, 2, 0] };
const native = {
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  positive: { indexes: [-3], counts: [1] },
  negative: { indexes: [4], counts: [1] },
};
const earlier = { zeroCount: 0, positive: { indexes: [-3], counts: [1] }, negative: { indexes: [], counts: [] } };

it.each<[string, MetricType, unknown]>([
  ['a counter', 'counter', { value: 1e21 }],
  ['a gauge that is no number', 'gauge', { value: 'NaN' }],
  ['classic buckets', 'histogram', { count: 3, sum: 1e-9, ...classic }],
  ['earlier copies', 'histogram', { count: 3, sum: '+Inf', ...classic, window: [{ since: 5, counts: [1, 0, 0] }] }],
  ['native buckets', 'histogram', { count: 3, sum: 2, ...native, window: [{ since: 5, ...earlier }] }],
  ['both', 'histogram', { count: 3, sum: 2, ...native, ...classic }],
  ['percentiles', 'histogram', { count: 3, sum: 2, p50: '-Inf', p99: 4 }],
])('writes %s as it is read', (_, type, value) => {
  const read = parseRecord(type, JSON.stringify(value));
  if (read.kind === 'skipped') throw new Error(`expected a record, got ${read.reason}`);
  expect(parseRecord(type, jsonObject(valueFields(read.record)))).toEqual(read);
});
