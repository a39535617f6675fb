import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { MergeAnswer } from '@redmeter/metric-format';
import { fieldsOf, HISTOGRAM_KEY, merge } from './merge-call.js';

const server = useRedisServer({ flushBeforeEach: true });
const POSITIVE = { indexes: [1, 2], counts: [1, 2] };
const OPERATION = { type: 'histogram', schema: 3, zeroCount: 1, positive: POSITIVE, sum: 5 };
let batches = 0;

function observe(operation: object = {}, family: object = {}): Promise<MergeAnswer> {
  return merge(server.client, {
    incarnation: `w${(batches += 1)}`,
    families: { took_ms: { type: 'histogram', native: { schema: 3 }, declared: 1, ...family } },
    series: [[HISTOGRAM_KEY, { ...OPERATION, family: 'took_ms', ...operation }]],
  });
}

describe('a native record by another hand', () => {
  it.each([
    ['the least', { count: 2, sum: 3, schema: 3, zeroCount: 2 }],
    ['null for what is missing', { count: 2, sum: 3, schema: 3, zeroCount: 2, positive: null, negative: null, window: null }], // prettier-ignore
    ['empty objects', { count: 2, sum: 3, schema: 3, zeroCount: 2, positive: {}, negative: { indexes: [], counts: [] } }], // prettier-ignore
    ['null for classic buckets', { count: 2, sum: 3, schema: 3, zeroCount: 2, bounds: null, counts: null }],
  ])('with %s is added to', async (_what, record) => {
    await server.client.set(HISTOGRAM_KEY, JSON.stringify(record));
    expect(await observe()).toMatchObject({ kind: 'applied', refusals: new Map() });
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({
      ...{ count: 6, sum: 8, schema: 3, zeroThreshold: 2 ** -128, zeroCount: 3, positive: POSITIVE },
    });
  });

  it('keeps its time of creation, and what has a higher schema is lowered', async () => {
    const positive = { indexes: [-1, 0, 1, 15, 16], counts: [1, 1, 1, 1, 1] };
    const record = { type: 'histogram', count: 5, sum: 1, schema: 7, positive, created: 77, timestamp: 88 };
    await server.client.set(HISTOGRAM_KEY, JSON.stringify(record));
    await observe();
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({
      ...{ schema: 3, created: 77, positive: { indexes: [0, 1, 2], counts: [2, 4, 2] } },
    });
  });

  it.each([
    ['a schema above 8', { schema: 9 }],
    ['half a schema', { schema: 2.5 }],
    ['a schema in text', { schema: '3' }],
    ['a negative threshold', { zeroThreshold: -1 }],
    ['a threshold in text', { zeroThreshold: '0' }],
    ['another count', { count: 5 }],
    ['indexes that do not ascend', { positive: { indexes: [2, 1], counts: [1, 2] } }],
    ['an index twice', { positive: { indexes: [2, 2], counts: [1, 2] } }],
    ['half an index', { positive: { indexes: [1, 2.5], counts: [1, 2] } }],
    ['an index beyond all numbers', { positive: { indexes: [1, 8194], counts: [1, 2] } }],
    ['fewer counts', { positive: { indexes: [1, 2], counts: [3] } }],
    ['a count of zero', { count: 4, positive: { indexes: [1, 2, 3], counts: [1, 2, 0] } }],
    ['a list of counts', { positive: [1, 2] }],
    ['counts without indexes', { positive: { counts: [1, 2] } }],
    ['a negative count of zeros', { count: 2, zeroCount: -1 }],
    ['classic counts of another sum', { bounds: [5], counts: [1, 2] }],
    ['classic counts without bounds', { counts: [1, 3] }],
    ['a copy above its counts', { window: [{ since: 1, zeroCount: 2 }] }],
    ['a copy of other buckets', { window: [{ since: 1, positive: { indexes: [3], counts: [1] } }] }],
    ['copies out of order', { window: [{ since: 2 }, { since: 1 }] }],
    ['three copies', { window: [{ since: 1 }, { since: 2 }, { since: 3 }] }],
    ['a copy without a time', { window: [{ zeroCount: 0 }] }],
  ])('with %s is refused and stays', async (_what, fields) => {
    const record = JSON.stringify({ type: 'histogram', count: 4, sum: 5, schema: 3, zeroCount: 1, positive: POSITIVE, ...fields }); // prettier-ignore
    await server.client.set(HISTOGRAM_KEY, record);
    expect(await observe()).toMatchObject({ refusals: new Map([[1, 'unreadable_value']]) });
    expect(await observe({ counts: [1, 3] }, { bounds: [5] })).toMatchObject({
      refusals: new Map([[1, 'unreadable_value']]),
    });
    expect(await server.client.get(HISTOGRAM_KEY)).toBe(record);
  });

  it('that is the same but for its lists is refused, also right after a write', async () => {
    await observe();
    const text = (await server.client.get(HISTOGRAM_KEY)) ?? '';
    for (const broken of [text.replace('[1,2]', '[1,"2"]'), text.replace('"counts":[1,2]', '"counts":[1]')]) {
      await server.client.set(HISTOGRAM_KEY, broken);
      expect(await observe()).toMatchObject({ refusals: new Map([[1, 'unreadable_value']]) });
      expect(await server.client.get(HISTOGRAM_KEY)).toBe(broken);
    }
  });

  it('whose counts would be more than can be counted is refused as overflow', async () => {
    const positive = { indexes: [1], counts: [2 ** 53 - 1] };
    await observe({ positive, zeroCount: 0 });
    expect(await observe()).toMatchObject({ refusals: new Map([[1, 'overflow']]) });
  });
});

describe('a call', () => {
  it.each([
    ['a schema that is none', { schema: -5 }],
    ['a threshold that is infinite', { zeroThreshold: '+Inf' }],
    ['indexes that do not ascend', { positive: { indexes: [2, 1], counts: [1, 1] } }],
    ['an empty bucket', { positive: { indexes: [1], counts: [0] } }],
    ['half an observation', { positive: { indexes: [1], counts: [0.5] } }],
    ['more than can be counted', { positive: { indexes: [1, 2], counts: [2 ** 53, 2 ** 53] } }],
    ['classic counts that it did not declare', { counts: [1, 3] }],
    ['no sum', { sum: null }],
    ['no observations', { schema: null, positive: null, zeroCount: null }],
    ['observations and a removal', { remove: true }],
  ])('with %s is malformed', async (_what, operation) => {
    await expect(observe(operation)).rejects.toThrow(/^ERR redmeter merge: ARGV\[10\]/);
    expect(await server.client.keys('metrics:*')).toEqual([]);
  });

  it('whose forms count differently is malformed', async () => {
    await expect(observe({ counts: [1, 1] }, { bounds: [5] })).rejects.toThrow(/^ERR redmeter merge: ARGV\[10\]/);
  });

  it.each([
    ['a schema of 9', { native: { schema: 9 } }],
    ['no schema', { native: {} }],
    ['too many buckets', { native: { schema: 3, maxBuckets: 501 } }],
    ['a negative threshold', { native: { schema: 3, zeroThreshold: -1 } }],
    ['native buckets that are none', { native: 7 }],
    ['bounds that are none beside', { bounds: [] }],
    ['neither bounds nor native buckets', { native: null }],
  ])('whose family has %s is malformed', async (_what, family) => {
    await expect(observe({}, family)).rejects.toThrow(/^ERR redmeter merge: ARGV\[9\]/);
  });
});
