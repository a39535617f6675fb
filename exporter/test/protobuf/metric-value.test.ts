import { describe, expect, it } from '@jest/globals';
import type { HistogramView } from '@redmeter/metric-reader';
import fc from 'fast-check';
import { familyStart } from '../../src/protobuf/family-message.js';
import { encodeLabels, labelRange, metricBlock } from '../../src/protobuf/metric-block.js';
import { encodeCounter, encodeGauge, encodeValue } from '../../src/protobuf/metric-value.js';
import { decodeFamilies, type DecodedMetric } from './decoded-families.js';

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
  expect(decode(encodeCounter(5, undefined))).toEqual({ counter: { value: 5 } });
  expect(decode(encodeCounter(1e300, 1_763_600_000_123))).toEqual({
    counter: { value: 1e300, createdTimestamp: { seconds: 1_763_600_000n, nanos: 123_000_000 } },
  });
});

it.each([0, 999, 1000, 0.25, 999.9999999999, 1_763_600_000_000, 253_402_300_799_999])(
  'began %d ms after the epoch',
  (createdMs) => {
    const { seconds, nanos = 0 } = decode(encodeCounter(1, createdMs))?.counter?.createdTimestamp ?? { seconds: -1n };
    expect(Number(seconds) * 1000 + nanos / 1e6).toBeCloseTo(createdMs, 5);
    expect(nanos).toBeLessThan(1e9);
  },
);

it('a beginning after the year 9999 is left out, since no timestamp has it', () => {
  expect(decode(encodeCounter(1, 253_402_300_800_000))).toEqual({ counter: { value: 1 } });
  expect(decode(encodeCounter(1, Number.MAX_VALUE))).toEqual({ counter: { value: 1 } });
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

describe('labels', () => {
  it('have any characters', () => {
    expect(decode(encodeGauge(1), LABELS)?.label).toEqual(LABELS.map(([name, value]) => ({ name, value })));
  });

  it('are found among the bytes of a block, however long they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.string({ maxLength: 400 }))),
        fc.nat(20),
        fc.constantFrom<string>(encodeGauge(1), encodeCounter(3, 1500), encodeValue(HISTOGRAM)),
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
