import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { formatNumber, MAX_RECORD_BYTES, parseRecord, type MetricType } from '@redmeter/metric-format';
import fc from 'fast-check';
import { COUNTER, fieldsOf, HISTOGRAM_KEY, increment, keys, merge, observe, valueOf, type Call } from './merge-call.js';

const COUNTER_KEY = 'metrics:counter:events';
const GAUGE_KEY = 'metrics:gauge:level';
const server = useRedisServer({ flushBeforeEach: true });

function setGauge(set: number | string, age = 0): Pick<Call, 'families' | 'series'> {
  return {
    families: { level: { type: 'gauge', declared: 1 } },
    series: [[GAUGE_KEY, { type: 'gauge', family: 'level', mode: 'last', set, age }]],
  };
}

describe('counters', () => {
  it('are written as the format says, with a time to live', async () => {
    await merge(server.client, increment(1));
    await merge(server.client, { batch: 2, ...increment(4) });
    expect(await server.client.get(COUNTER_KEY)).toMatch(
      /^\{"type":"counter","value":5,"created":1\d{12},"timestamp":1\d{12}\}$/,
    );
    expect(await server.client.pttl(COUNTER_KEY)).toBeGreaterThan(50_000);
  });

  it('add doubles exactly as JavaScript does, and write every digit', async () => {
    let batch = 0;
    const amount = fc.oneof(fc.double({ min: 0, max: 1e300, noNaN: true }), fc.maxSafeNat(), fc.constant(2 ** 53));
    await fc.assert(
      fc.asyncProperty(amount, amount, async (first, second) => {
        await server.client.del(COUNTER_KEY);
        for (const add of [first, second]) await merge(server.client, { batch: (batch += 1), ...increment(add) });
        const { value } = await fieldsOf(server.client, COUNTER_KEY);
        expect(value).toBe(first + second);
        expect(await server.client.get(COUNTER_KEY)).toContain(`"value":${formatNumber(first + second)},`);
      }),
      { numRuns: 300 },
    );
  });

  it('refuse to become infinite', async () => {
    await merge(server.client, increment(1e308));
    expect(await merge(server.client, { batch: 2, ...increment(1e308) })).toMatchObject({
      refusals: new Map([[1, 'overflow']]),
    });
    expect(await valueOf(server.client, 'counter', COUNTER_KEY)).toBe(1e308);
  });

  it('keep a creation time that is unknown unknown', async () => {
    await server.client.set(COUNTER_KEY, '{"value":5}');
    for (const batch of [1, 2]) await merge(server.client, { batch, ...increment(1) });
    expect(await server.client.get(COUNTER_KEY)).toMatch(/^\{"type":"counter","value":7,"timestamp":\d+\}$/);
  });
});

describe('bare numbers', () => {
  it('stay bare, so that INCR goes on working', async () => {
    await server.client.incr(COUNTER_KEY);
    await merge(server.client, increment(4));
    expect(await server.client.incr(COUNTER_KEY)).toBe(6);
    expect(await server.client.zscore(keys.live, COUNTER_KEY)).toBe('inf');
  });

  it('keep their own time to live', async () => {
    await server.client.set(COUNTER_KEY, '1', 'PX', 900_000);
    await merge(server.client, increment(0.5));
    await merge(server.client, {
      batch: 2,
      families: COUNTER,
      series: [[COUNTER_KEY, { touch: true, family: 'events' }]],
    });
    expect(await server.client.get(COUNTER_KEY)).toBe('1.5');
    expect(await server.client.pttl(COUNTER_KEY)).toBeGreaterThan(800_000);
  });

  it('count whole numbers beyond 2^53 without loss, and never overflow', async () => {
    await server.client.set(COUNTER_KEY, '9007199254740993');
    await merge(server.client, increment(2));
    expect(await server.client.get(COUNTER_KEY)).toBe('9007199254740995');
    await server.client.set(COUNTER_KEY, '9223372036854775807');
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toMatchObject({
      refusals: new Map([[1, 'overflow']]),
    });
  });

  it('are set as gauges', async () => {
    await server.client.set(GAUGE_KEY, '3');
    await merge(server.client, setGauge(7));
    expect(await server.client.get(GAUGE_KEY)).toBe('7');
  });
});

describe('gauges', () => {
  it.each([
    [3, '3'],
    [-0.1, '-0.1'],
    ['NaN', '"NaN"'],
    ['+Inf', '"+Inf"'],
    ['-Inf', '"-Inf"'],
  ])('write %s as %s', async (set, text) => {
    await merge(server.client, setGauge(set));
    expect((await server.client.get(GAUGE_KEY))?.replace(/\d{13}/, 't')).toBe(
      `{"type":"gauge","mode":"last","value":${text},"timestamp":t}`,
    );
  });

  it('keep the value that was set last, not the one that arrived last', async () => {
    await merge(server.client, { incarnation: 'a', ...setGauge(1, 500) });
    await merge(server.client, { incarnation: 'b', ...setGauge(2, 5000), batchAgeMs: 0 });
    expect(await valueOf(server.client, 'gauge', GAUGE_KEY)).toBe(1);
    await merge(server.client, { incarnation: 'c', ...setGauge(3, 0), batchAgeMs: 60_000 });
    expect(await valueOf(server.client, 'gauge', GAUGE_KEY)).toBe(1);
    await merge(server.client, { incarnation: 'd', ...setGauge(4, 100) });
    expect(await valueOf(server.client, 'gauge', GAUGE_KEY)).toBe(4);
  });

  it('do not bow to a time to come', async () => {
    await server.client.set(GAUGE_KEY, '{"type":"gauge","mode":"last","value":1,"timestamp":9999999999999}');
    await merge(server.client, setGauge(2));
    expect(await valueOf(server.client, 'gauge', GAUGE_KEY)).toBe(2);
  });

  it('in another mode are refused, and left alone', async () => {
    const record = '{"type":"gauge","mode":"sum","value":1,"timestamp":1000}';
    await server.client.set(GAUGE_KEY, record);
    expect(await merge(server.client, setGauge(2))).toMatchObject({ refusals: new Map([[1, 'mode_conflict']]) });
    expect(await server.client.get(GAUGE_KEY)).toBe(record);
  });
});

describe('histograms', () => {
  it('are written as the format says', async () => {
    await merge(server.client, observe([1, 0, 2], 40.5));
    await merge(server.client, { batch: 2, ...observe([0, 3, 0], 20) });
    expect((await server.client.get(HISTOGRAM_KEY))?.replace(/\d{13}/g, 't')).toBe(
      '{"type":"histogram","count":6,"sum":60.5,"bounds":[5,10],"counts":[1,3,2],' +
        '"window":[{"since":t,"counts":[0,0,0]}],"created":t,"timestamp":t}',
    );
  });

  it('keep a copy of the counts before the first write a minute after the last copy, two at most', async () => {
    const nowMs = Date.now();
    const record = (...agesMs: readonly number[]): string =>
      JSON.stringify({
        type: 'histogram',
        count: 6,
        sum: 60.5,
        bounds: [5, 10],
        counts: [1, 3, 2],
        window: agesMs.map((ageMs, i) => ({ since: nowMs - ageMs, counts: [i, 1, 1] })),
        created: nowMs - 600_000,
        timestamp: nowMs - 1000,
      });
    const windowAfter = async (text: string, batch: number): Promise<unknown> => {
      await server.client.set(HISTOGRAM_KEY, text);
      await merge(server.client, { batch, ...observe([1, 0, 0], 1) });
      const { window } = (await fieldsOf(server.client, HISTOGRAM_KEY)) as {
        window: { since: number; counts: number[] }[];
      };
      return window.map(({ since, counts }) => [Math.round((nowMs - since) / 1000) * 1000 + 0, counts]);
    };
    expect(await windowAfter(record(59_000), 1)).toEqual([[59_000, [0, 1, 1]]]);
    expect(await windowAfter(record(61_000), 2)).toEqual([
      [61_000, [0, 1, 1]],
      [0, [1, 3, 2]],
    ]);
    expect(await windowAfter(record(121_000, 61_000), 3)).toEqual([
      [61_000, [1, 1, 1]],
      [0, [1, 3, 2]],
    ]);
    expect(await windowAfter(record(121_000, 30_000), 4)).toEqual([
      [121_000, [0, 1, 1]],
      [30_000, [1, 1, 1]],
    ]);
    expect(await windowAfter(record(), 5)).toEqual([[0, [1, 3, 2]]]);
    // A copy from a time to come would keep the window from ever turning.
    expect(await windowAfter(record(-3_600_000), 6)).toEqual([[0, [1, 3, 2]]]);
  });

  it('add what others wrote by hand', async () => {
    await server.client.set(HISTOGRAM_KEY, ' { "count": 2, "sum": 8e0, "bounds": [5, 1e1], "counts": [1, 1, 0] } ');
    await merge(server.client, observe([0, 0, 1], 20));
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: 3, sum: 28, counts: [1, 1, 1] });
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).not.toHaveProperty('created');
  });

  it('keep sums that are no longer finite', async () => {
    await merge(server.client, observe([0, 0, 1], 1e308));
    await merge(server.client, { batch: 2, ...observe([0, 0, 1], 1e308) });
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ sum: '+Inf', count: 2 });
    await merge(server.client, { batch: 3, ...observe([0, 0, 1], -1e308) });
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ sum: '+Inf', count: 3 });
  });

  it.each([
    ['+Inf', '+Inf'],
    ['-Inf', '-Inf'],
    ['NaN', 'NaN'],
  ])('take a sum that is no longer finite when it comes: %s', async (sum, stored) => {
    await merge(server.client, observe([0, 0, 1], 5));
    await merge(server.client, { batch: 2, ...observe([0, 0, 2], sum as never) });
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: 3, sum: stored });
  });

  it('add counts and sums exactly as JavaScript does', async () => {
    let batch = 0;
    const delta = fc.record({
      counts: fc.array(fc.nat(2 ** 31), { minLength: 3, maxLength: 3 }),
      sum: fc.double({ min: -1e15, max: 1e15, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { minLength: 1, maxLength: 4 }), async (deltas) => {
        await server.client.del(HISTOGRAM_KEY);
        let sum = 0;
        const counts = [0, 0, 0];
        for (const each of deltas) {
          await merge(server.client, { batch: (batch += 1), ...observe(each.counts, each.sum) });
          sum += each.sum;
          each.counts.forEach((n, i) => (counts[i] = (counts[i] ?? 0) + n));
        }
        expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ sum: sum + 0, counts });
        expect(parseRecord('histogram', (await server.client.get(HISTOGRAM_KEY)) ?? '')).toMatchObject({
          kind: 'record',
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe('what stands in the way', () => {
  const histogram = (changes: object): string =>
    JSON.stringify({ count: 3, sum: 8, bounds: [5, 10], counts: [1, 1, 1], ...changes });
  interface Pieces {
    readonly count?: string;
    readonly sum?: string;
    readonly counts?: string;
    readonly copy?: string;
    readonly created?: string;
  }
  const canonical = (pieces: Pieces, since = '1763600000123'): string => {
    const { count = '3', sum = '8', counts = '[1,1,1]', copy = '[0,0,0]', created = '1763600000123' } = pieces;
    return (
      `{"type":"histogram","count":${count},"sum":${sum},"bounds":[5,10],"counts":${counts},` +
      `"window":[{"since":${since},"counts":${copy}}],"created":${created},"timestamp":1763600012345}`
    );
  };
  // With a copy that stays the newest.
  const recent = (pieces: Pieces): string => canonical(pieces, String(Date.now()));
  const texts: readonly (readonly [MetricType, string])[] = [
    ...[
      ...['', ' ', 'garbage', '{"value":5', '[5]', '"5"', 'null', 'true', '{}', '{"value":null}', '{"value":"5"}'],
      ...['5', ' 5 ', '5.0', '-5', '1e3', '1e400', '012', '+5', '0x1A', 'nan', 'inf', '1.', '.5', '-0', '5 5', '5,'],
      ...['{"value":5}', '{"value":05}', '{"value":0x1A}', '{"value":nan}', '{"value":1.}', '{"value":-1}'],
      ...['{"value":5,}', "{'value':5}", '{"value":5}x', '{"value":1e999}', '{"value":5,"type":"gauge"}'],
      ...['{"value":5,"type":null}', '{"value":5,"type":"counter"}', '{"value":5,"note":"a\\"b\\\\"}'],
      ...['{"value":5,"note":"a\tb"}', '{"value":5,"note":"\\ud800"}', '{"value":5,"note":"\\u00e9é€😀"}'],
      ...[
        '{"value":5,"note":"\u007f"}',
        '{"value":5,"created":"x"}',
        '{"value":5,"created":-1}',
        '{"value":5,"created":1.5}',
      ],
      ...['{"type":"counter","value":5,"created":1763600000123,"timestamp":1763600012345}'],
      ...['{"type":"counter","value":05,"created":1763600000123,"timestamp":1763600012345}'],
      ...['{"type":"counter","value":5e0,"created":1763600000123,"timestamp":1763600012345}'],
      ...['{"type":"counter","value":5,"created":012,"timestamp":1763600012345}'],
      ...[
        `{"value":5,"deep":${'['.repeat(31)}${']'.repeat(31)}}`,
        `{"value":5,"deep":${'['.repeat(32)}${']'.repeat(32)}}`,
      ],
      ...[`{"value":5,"long":"${'x'.repeat(1000)}"}`, '{"value":5,"a":{"b":[1,{"c":null}]},"d":-1.5e-7}'],
      `{"type":"counter","value":1${'0'.repeat(400)}.5,"created":1763600000123,"timestamp":1763600012345}`,
    ].map((text) => ['counter', text] as const),
    ...[
      '5',
      'NaN',
      '"NaN"',
      '{"value":"NaN"}',
      '{"value":"nan"}',
      '{"value":"+Inf"}',
      '{"value":true}',
      '{"value":-5}',
    ].map((text) => ['gauge', text] as const),
    ...[
      ...[histogram({}), histogram({ count: 2 }), histogram({ counts: [1, 1] }), histogram({ counts: [1, 1, 1.5] })],
      ...[
        histogram({ counts: [1, 3, -1] }),
        histogram({ sum: 'NaN' }),
        histogram({ sum: null }),
        histogram({ sum: 'x' }),
      ],
      ...[
        histogram({ window: [] }),
        histogram({ window: {} }),
        histogram({ window: { a: 1 } }),
        histogram({ window: 5 }),
      ],
      ...[
        histogram({ window: [{ since: 1, counts: [0, 0, 0] }] }),
        histogram({ window: [{ since: 1, counts: [9, 0, 0] }] }),
      ],
      ...[histogram({ window: [{ since: -1, counts: [0, 0, 0] }] }), histogram({ window: [1] })],
      ...[histogram({ window: [2, 1].map((since) => ({ since, counts: [0, 0, 0] })) })],
      ...[histogram({ window: [1, 2, 3].map((since) => ({ since, counts: [0, 0, 0] })) })],
      ...['5', '[]', '{}', histogram({ type: 'counter' }), histogram({ type: 'histogram', created: 5, timestamp: 6 })],
      // As the library writes it, but for one error.
      ...[canonical({}), canonical({ count: '4' }), canonical({ count: '03' }), canonical({ counts: '[1,1]' })],
      ...[canonical({ counts: '[01,1,1]' }), canonical({ counts: '[1,,2]' }), canonical({ sum: '08' })],
      ...[canonical({ sum: '"x"' }), canonical({ sum: '"NaN"' }), canonical({ sum: '-8.5' }), canonical({ sum: '8.' })],
      ...[canonical({ copy: '[9,0,0]' }), canonical({ copy: '[0,0]' }), canonical({ copy: '[00,0,0]' })],
      ...[recent({}), recent({ count: '4' }), recent({ count: '03' }), recent({ counts: '[1,1]' })],
      ...[recent({ counts: '[01,1,1]' }), recent({ counts: '[1,,2]' }), recent({ counts: '[1,1,1,0]' })],
      ...[recent({ sum: '08' }), recent({ sum: '"x"' }), recent({ sum: '"NaN"' }), recent({ sum: '-8.5' })],
      ...[recent({ copy: '{}' }), recent({ created: '0763600000123' }), recent({ created: '1763600000123.5' })],
    ].map((text) => ['histogram', text] as const),
  ];
  const calls = {
    counter: increment(1),
    gauge: setGauge(1),
    histogram: observe([1, 0, 0], 1),
  };
  const keyOf = { counter: COUNTER_KEY, gauge: GAUGE_KEY, histogram: HISTOGRAM_KEY };

  it.each(texts)(
    'is merged with where readers read it, and left alone where they do not: %s %s',
    async (type, text) => {
      const key = keyOf[type];
      await server.client.set(key, text);
      const answer = await merge(server.client, calls[type]);
      const before = parseRecord(type, text);
      if (before.kind === 'skipped') {
        expect(answer).toMatchObject({ refusals: new Map([[1, 'unreadable_value']]) });
        expect(await server.client.get(key)).toBe(text);
        return;
      }
      expect(answer).toMatchObject({ refusals: new Map() });
      const after = parseRecord(type, (await server.client.get(key)) ?? '');
      const { record } = before;
      if (record.type === 'counter') {
        expect(after).toMatchObject({ record: { value: record.value + 1, createdMs: record.createdMs } });
      } else if (record.type === 'gauge') {
        expect(after).toMatchObject({ record: { value: 1 } });
      } else {
        expect(after).toMatchObject({ record: { count: record.count + 1, createdMs: record.createdMs } });
      }
    },
  );

  it.each(['\xff', '\xc0\x80', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe2\x82', '\xc3\xa9'])(
    'is text only when it is UTF-8: %j',
    async (bytes) => {
      const text = Buffer.from(`{"value":5,"note":"${bytes}"}`, 'latin1');
      await server.client.set(COUNTER_KEY, text);
      await merge(server.client, increment(1));
      const isUtf8 = bytes === '\xc3\xa9';
      const after = await server.client.getBuffer(COUNTER_KEY);
      expect(after?.equals(text)).toBe(!isUtf8);
    },
  );

  it('is left alone when it is longer than readers read', async () => {
    const text = `{"value":5,"long":"${'x'.repeat(MAX_RECORD_BYTES)}"}`;
    await server.client.set(COUNTER_KEY, text);
    expect(await merge(server.client, increment(1))).toMatchObject({ refusals: new Map([[1, 'unreadable_value']]) });
  });

  it('is left as it is where it is a hash, which readers take for a metric', async () => {
    const fields = { value: '5', count: '5', sum: '5', timestamp: '1763600012345' };
    const add = { type: 'counter', family: 'events', add: 1 } as const;
    const set = { type: 'gauge', family: 'level', mode: 'last', set: 1, age: 0 } as const;
    const observe = { type: 'histogram', family: 'took', counts: [1, 0], sum: 1 } as const;
    const series = [
      ['metrics:counter:events', add],
      ['metrics:gauge:level', set],
      ['metrics:histogram:took', observe],
    ] as const;
    for (const [key] of series) await server.client.hset(key, fields);
    const families = { ...COUNTER, level: { type: 'gauge', mode: 'last' }, took: { type: 'histogram', bounds: [5] } };
    expect(await merge(server.client, { families, series })).toMatchObject({
      refusals: new Map([1, 2, 3].map((n) => [n, 'wrong_redis_type'])),
    });
    for (const [key] of series) {
      expect(await server.client.hgetall(key)).toEqual(fields);
      expect(await server.client.pttl(key)).toBe(-1);
    }
  });

  it('costs its own series only', async () => {
    await server.client.lpush('metrics:counter:list', 'x');
    await server.client.set('metrics:counter:garbage', '{');
    const names = ['before', 'list', 'between', 'garbage', 'after'];
    const series = names.map(
      (name) => [`metrics:counter:${name}`, { type: 'counter', family: 'events', add: 1 }] as const,
    );
    expect(await merge(server.client, { families: COUNTER, series })).toMatchObject({
      refusals: new Map([
        [2, 'wrong_redis_type'],
        [4, 'unreadable_value'],
      ]),
    });
    for (const name of ['before', 'between', 'after']) {
      expect(await valueOf(server.client, 'counter', `metrics:counter:${name}`)).toBe(1);
    }
    expect(await server.client.lrange('metrics:counter:list', 0, -1)).toEqual(['x']);
  });
});
