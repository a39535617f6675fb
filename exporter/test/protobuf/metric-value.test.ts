import { describe, expect, it } from '@jest/globals';
import type { Exemplar } from '@redmeter/metric-format';
import type { HistogramView } from '@redmeter/metric-reader';
import fc from 'fast-check';
import { familyStart } from '../../src/protobuf/family-message.js';
import { encodeLabels, labelRange, metricBlock } from '../../src/protobuf/metric-block.js';
import { encodeCounter, encodeGauge, encodeValue } from '../../src/protobuf/metric-value.js';
import { decodeFamilies, type DecodedHistogram, type DecodedMetric } from './decoded-families.js';

const HISTOGRAM: HistogramView = {
  type: 'histogram',
  count: 7,
  sum: 812.5,
  buckets: { bounds: [-5, 0, 10], counts: [1, 0, 2, 4] },
  percentiles: [],
  createdMs: undefined,
  timestampMs: undefined,
};
const LABELS = [
  ['method', 'GET'],
  ['größe', 'é\n"\u{1f600}'],
] as const;

const decode = (value: string, labels: readonly (readonly [string, string])[] = []): DecodedMetric | undefined => {
  const block = metricBlock(encodeLabels(labels), value);
  const start = familyStart({ name: 'a', type: 'gauge', help: '', unit: undefined }, block.length);
  return decodeFamilies(Buffer.from(start + block, 'latin1'))[0]?.metric?.[0];
};

it('counters have their value and when they began', () => {
  expect(decode(encodeCounter({ value: 5, createdMs: undefined }))).toEqual({ counter: { value: 5 } });
  expect(decode(encodeCounter({ value: 1e300, createdMs: 1_763_600_000_123 }))).toEqual({
    counter: { value: 1e300, createdTimestamp: { seconds: 1_763_600_000n, nanos: 123_000_000 } },
  });
});

it.each([0, 999, 1000, 0.25, 999.9999999999, 1_763_600_000_000, 253_402_300_799_999])(
  'began %d ms after the epoch',
  (createdMs) => {
    const { seconds, nanos = 0 } = decode(encodeCounter({ value: 1, createdMs }))?.counter?.createdTimestamp ?? {
      seconds: -1n,
    };
    expect(Number(seconds) * 1000 + nanos / 1e6).toBeCloseTo(createdMs, 5);
    expect(nanos).toBeLessThan(1e9);
  },
);

it('a beginning after the year 9999 is left out, since no timestamp has it', () => {
  expect(decode(encodeCounter({ value: 1, createdMs: 253_402_300_800_000 }))).toEqual({ counter: { value: 1 } });
  expect(decode(encodeCounter({ value: 1, createdMs: Number.MAX_VALUE }))).toEqual({ counter: { value: 1 } });
});

it.each([0, -0, Number.NaN, Infinity, -Infinity, 0.1, -2.5e-308, Number.MAX_VALUE])('a gauge is %d', (value) => {
  expect(decode(encodeGauge(value))?.gauge?.value).toBe(value);
});

it('histograms have cumulative buckets by bound, without that of +Inf', () => {
  expect(decode(encodeValue({ ...HISTOGRAM, createdMs: 1500 }))).toEqual({
    histogram: {
      sampleCount: 7n,
      sampleSum: 812.5,
      bucket: [
        { cumulativeCount: 1n, upperBound: -5 },
        { cumulativeCount: 1n, upperBound: 0 },
        { cumulativeCount: 3n, upperBound: 10 },
      ],
      createdTimestamp: { seconds: 1n, nanos: 500_000_000 },
    },
  });
});

it('histograms without buckets have count and sum', () => {
  expect(decode(encodeValue({ ...HISTOGRAM, buckets: undefined }))).toEqual({
    histogram: { sampleCount: 7n, sampleSum: 812.5 },
  });
});

it('counts are exact up to the largest', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (count) => {
      const value = { ...HISTOGRAM, count, buckets: { bounds: [1], counts: [count, 0] } };
      const histogram = decode(encodeValue(value))?.histogram;
      expect(histogram?.sampleCount).toBe(BigInt(count));
      expect(histogram?.bucket?.[0]?.cumulativeCount).toBe(BigInt(count));
    }),
  );
});

const NATIVE: HistogramView['native'] = {
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  positive: { indexes: [-3, -2, 1, 5], counts: [2, 3, 1, 7] },
  negative: { indexes: [4], counts: [1] },
};

describe('native histograms', () => {
  const decodeNative = (native: HistogramView['native'], more: Partial<HistogramView> = {}): unknown =>
    decode(encodeValue({ ...HISTOGRAM, buckets: undefined, ...(native === undefined ? {} : { native }), ...more }))
      ?.histogram;

  it('have spans of buckets with deltas; gaps of two empty ones are within them', () => {
    expect(decodeNative(NATIVE)).toEqual({
      sampleCount: 7n,
      sampleSum: 812.5,
      schema: 3,
      zeroThreshold: 2 ** -128,
      zeroCount: 1n,
      negativeSpan: [{ offset: 4, length: 1 }],
      negativeDelta: [1n],
      positiveSpan: [
        { offset: -3, length: 5 },
        { offset: 3, length: 1 },
      ],
      positiveDelta: [2n, 1n, -3n, 0n, 1n, 6n],
    });
  });

  it('have classic buckets beside them', () => {
    expect(decodeNative(NATIVE, { buckets: { bounds: [1], counts: [7, 0] } })).toMatchObject({
      bucket: [{ cumulativeCount: 7n, upperBound: 1 }],
      schema: 3,
    });
  });

  it('are known as such while they are empty', () => {
    const none = { indexes: [], counts: [] };
    const empty = { schema: -4, zeroThreshold: 0, zeroCount: 0, positive: none, negative: none };
    expect(decodeNative(empty, { count: 0, sum: 0 })).toMatchObject({
      schema: -4,
      positiveSpan: [{ offset: 0, length: 0 }],
    });
    expect(decodeNative({ ...empty, zeroThreshold: 0.5 })).toEqual({
      ...{ sampleCount: 7n, sampleSum: 812.5, schema: -4, zeroThreshold: 0.5, zeroCount: 0n },
    });
  });

  it('have all their counts, whatever these are', () => {
    const side = fc
      .dictionary(fc.integer({ min: -300_000, max: 300_000 }).map(String), fc.integer({ min: 1, max: 2 ** 50 }))
      .map((counts) => {
        const indexes = Object.keys(counts)
          .map(Number)
          .sort((a, b) => a - b);
        return { indexes, counts: indexes.map((index) => counts[String(index)] ?? 0) };
      });
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: -4, max: 8 }),
        fc.maxSafeNat(),
        (positive, negative, schema, zeroCount) => {
          const decoded = decode(
            encodeValue({ ...HISTOGRAM, native: { schema, zeroThreshold: 0.001, zeroCount, positive, negative } }),
          )?.histogram;
          expect(decoded).toMatchObject({ schema, zeroThreshold: 0.001, zeroCount: BigInt(zeroCount) });
          expect(countsOf(decoded?.positiveSpan, decoded?.positiveDelta)).toEqual(positive);
          expect(countsOf(decoded?.negativeSpan, decoded?.negativeDelta)).toEqual(negative);
        },
      ),
    );
  });
});

/** The other way round, as a reader does it. */
function countsOf(
  spans: DecodedHistogram['positiveSpan'] = [],
  deltas: readonly bigint[] = [],
): { indexes: number[]; counts: number[] } {
  const sums: { indexes: number[]; counts: number[] } = { indexes: [], counts: [] };
  let [index, count, place] = [0, 0n, 0];
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i += 1, index += 1) {
      count += deltas[place++] ?? 0n;
      if (count === 0n) continue;
      sums.indexes.push(index);
      sums.counts.push(Number(count));
    }
  }
  expect(place).toBe(deltas.length);
  return sums;
}

describe('exemplars', () => {
  const at = (value: number, timestampMs?: number): Exemplar => ({
    labels: [['trace_id', `of ${value}`]],
    value,
    timestampMs,
  });

  it('a counter has the newest', () => {
    const exemplars = [at(1, 1500)];
    expect(decode(encodeCounter({ value: 5, createdMs: 1000, exemplars }))).toEqual({
      counter: {
        value: 5,
        exemplar: {
          label: [{ name: 'trace_id', value: 'of 1' }],
          value: 1,
          timestamp: { seconds: 1n, nanos: 500_000_000 },
        },
        createdTimestamp: { seconds: 1n },
      },
    });
  });

  it('each classic bucket has the newest of its own, that of +Inf as well', () => {
    const exemplars = [at(-7), at(3), at(10), at(10.5), at(Infinity), at(Number.NaN)];
    const { bucket = [] } = decode(encodeValue({ ...HISTOGRAM, exemplars }))?.histogram ?? {};
    expect(bucket.map(({ upperBound, exemplar }) => [upperBound, exemplar?.value])).toEqual([
      [-5, -7],
      [0, undefined],
      [10, 10],
      [Infinity, Infinity],
    ]);
    expect(bucket.at(-1)?.cumulativeCount).toBe(7n);
  });

  it('a native histogram has all of them that have a time', () => {
    const exemplars = [at(0.5), at(3, 1000), at(10, 2000)];
    const histogram = decode(encodeValue({ ...HISTOGRAM, buckets: undefined, native: NATIVE, exemplars }))?.histogram;
    expect(histogram?.exemplars?.map(({ value }) => value)).toEqual([3, 10]);
    expect(histogram?.bucket?.map(({ upperBound, exemplar }) => [upperBound, exemplar?.value])).toEqual([
      [Infinity, 10],
    ]);
  });
});

describe('labels', () => {
  it('have any characters', () => {
    expect(decode(encodeGauge(1), LABELS)?.label).toEqual(LABELS.map(([name, value]) => ({ name, value })));
  });

  it('are found among the bytes of a block, however long they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.string({ maxLength: 400 }))),
        fc.nat(20),
        fc.constantFrom<string>(encodeGauge(1), encodeCounter({ value: 3, createdMs: 1500 }), encodeValue(HISTOGRAM)),
        (labels, before, value) => {
          const fields = encodeLabels(labels);
          const bytes = Buffer.from('x'.repeat(before) + metricBlock(fields, value), 'latin1');
          const { start, end } = labelRange(bytes, before);
          expect(bytes.toString('latin1', start, end)).toBe(fields);
          expect(bytes.length - end).toBe(value.length);
        },
      ),
    );
  });
});

it.each([
  ['jobs_total', 'counter', 'seconds', undefined],
  ['busy_seconds_total', 'counter', 'seconds', 'seconds'],
  ['busy_seconds_total', 'gauge', 'seconds', undefined],
  ['busy_seconds', 'gauge', 'seconds', 'seconds'],
  ['busyseconds', 'histogram', 'seconds', undefined],
] as const)('the unit of the %s %s, %s, is shown as %s', (name, type, unit, shown) => {
  const [family] = decodeFamilies(Buffer.from(familyStart({ name, type, help: 'Help, é\n', unit }, 0), 'latin1'));
  expect(family?.unit).toBe(shown);
  expect(family).toMatchObject({ name, type: type.toUpperCase(), help: 'Help, é\n' });
});
