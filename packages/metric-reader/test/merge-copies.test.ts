import { describe, expect, it } from '@jest/globals';
import type { CounterRecord, GaugeRecord, HistogramRecord, MetricRecord } from '@redmeter/metric-format';
import { mergeCopies } from '@redmeter/metric-reader';
import fc from 'fast-check';

const NOW_MS = 1_000_000;

function merge(...records: MetricRecord[]): ReturnType<typeof mergeCopies> {
  const [first, ...others] = records;
  if (first === undefined) throw new Error('nothing to merge');
  return mergeCopies([first, ...others], NOW_MS);
}

const counter = (value: number, createdMs?: number, timestampMs?: number): CounterRecord => ({
  type: 'counter',
  value,
  createdMs,
  timestampMs,
});
const gauge = (value: number, timestampMs?: number): GaugeRecord => ({ type: 'gauge', value, timestampMs });
const histogram = (bounds: number[], counts: number[], timestampMs?: number): HistogramRecord => ({
  type: 'histogram',
  count: counts.reduce((sum, n) => sum + n, 0),
  sum: 1,
  shape: { kind: 'buckets', bounds, counts, window: undefined },
  createdMs: undefined,
  timestampMs,
});

describe('mergeCopies', () => {
  it('adds counters, from the earliest beginning to the latest write', () => {
    expect(merge(counter(5, 300, 400), counter(6, 200), counter(7, undefined, 500))).toEqual({
      value: counter(18, 200, 500),
      duplicates: 2,
      boundsMismatches: 0,
    });
  });

  it('adds in the order given', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, noNaN: true }), { minLength: 1 }), (values) => {
        const { value } = merge(...values.map((one) => counter(one)));
        expect(value).toMatchObject({ value: values.reduce((sum, one) => sum + one) });
      }),
    );
  });

  it.each([
    ['the newest', [gauge(1, 10), gauge(2, 20), gauge(3, 15)], 2],
    ['the first of equally new ones', [gauge(1, 20), gauge(2, 20)], 1],
    ['one with a time before one without', [gauge(1), gauge(2, 0)], 2],
    ['the first where none has a time', [gauge(1), gauge(2)], 1],
  ])('takes %s of gauges', (_name, gauges, expected) => {
    expect(merge(...gauges)).toMatchObject({ value: { value: expected }, duplicates: gauges.length - 1 });
  });

  it('adds histograms of the bounds of the newest, and leaves out the others', () => {
    const { value, duplicates, boundsMismatches } = merge(
      histogram([5], [1, 2], 10),
      histogram([6], [9, 9], 15),
      histogram([5], [10, 20], 20),
    );
    expect(value).toMatchObject({ count: 33, sum: 2, buckets: { bounds: [5], counts: [11, 22] } });
    expect({ duplicates, boundsMismatches }).toEqual({ duplicates: 1, boundsMismatches: 1 });
  });

  it('is what a single record shows', () => {
    expect(merge(histogram([5, 10], [2, 2, 0]))).toMatchObject({
      value: { count: 4, percentiles: [5, 9.5, 9.9] },
      duplicates: 0,
      boundsMismatches: 0,
    });
  });
});
