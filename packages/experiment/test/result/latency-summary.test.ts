import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUCKET_EDGES_MS } from '../../src/result/bucket-edges.js';
import { latencyPercentileMs } from '../../src/result/latency-percentile.js';
import {
  bucketsOf,
  inIter8Layout,
  LatencyRecorder,
  mergeLatencies,
  NO_LATENCIES,
  standardDeviationMs,
  type LatencySummary,
} from '../../src/result/latency-summary.js';

const latencies = fc.array(fc.double({ min: 0.01, max: 20_000, noNaN: true }), { maxLength: 200 });

function summaryOf(values: readonly number[]): LatencySummary {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.summary();
}

describe('a latency summary', () => {
  it('has the mean and the population standard deviation', () => {
    // The textbook sample with mean 5 and population standard deviation 2.
    const summary = summaryOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(summary).toMatchObject({ count: 8, meanMs: 5, minMs: 2, maxMs: 9 });
    expect(standardDeviationMs(summary)).toBe(2);
  });

  it('keeps its precision far from zero, where a sum of squares does not', () => {
    // NIST StRD "NumAcc4" in the small: a standard deviation of 0.1 around 10,000,000.2.
    const values = [10_000_000.2, ...Array.from({ length: 500 }, () => [10_000_000.1, 10_000_000.3]).flat()];
    const summary = summaryOf(values);
    expect(Math.sqrt(summary.squaredDeviationsMs2 / (summary.count - 1))).toBeCloseTo(0.1, 6);
  });

  it("narrows its buckets to what was seen, in Iter8's layout too", () => {
    const [first, ...others] = bucketsOf(summaryOf([3.2, 3.9, 13, 27, 28]));
    expect([first?.lowerMs, others.at(-1)?.upperMs]).toEqual([3.2, 28]);
    expect(bucketsOf(inIter8Layout(summaryOf([3.2, 3.9, 13, 27, 28])))).toEqual([
      { lowerMs: 3.2, upperMs: 4, count: 2 },
      { lowerMs: 12, upperMs: 14, count: 1 },
      { lowerMs: 25, upperMs: 28, count: 2 },
    ]);
  });

  it("holds as many latencies in Iter8's layout, each less than 1 % from its bucket", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const derived = inIter8Layout(summaryOf(values));
        expect(derived.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        for (const { index, count } of derived.buckets) {
          const low = (BUCKET_EDGES_MS[index - 1] ?? 0) * 0.99;
          const high = (BUCKET_EDGES_MS[index] ?? Infinity) * 1.01;
          expect(count).toBeLessThanOrEqual(values.filter((value) => value > low && value <= high).length);
        }
      }),
    );
  });

  it("is in Iter8's layout when one of those merged is, as an older result's", () => {
    const older = inIter8Layout(summaryOf([3.2, 3.9]));
    const merged = mergeLatencies(older, summaryOf([13, 27, 28]));
    expect(merged.layout).toBe('iter8');
    expect(bucketsOf(merged)).toEqual(bucketsOf(inIter8Layout(summaryOf([3.2, 3.9, 13, 27, 28]))));
    expect(mergeLatencies(older, NO_LATENCIES)).toEqual(older);
  });

  it('merged equals one recorder of all', () => {
    fc.assert(
      fc.property(latencies, latencies, (one, other) => {
        const merged = mergeLatencies(summaryOf(one), summaryOf(other));
        const whole = summaryOf([...one, ...other]);
        expect({ ...merged, meanMs: 0, squaredDeviationsMs2: 0 }).toEqual({
          ...whole,
          meanMs: 0,
          squaredDeviationsMs2: 0,
        });
        expect(merged.meanMs).toBeCloseTo(whole.meanMs, 6);
        expect(standardDeviationMs(merged)).toBeCloseTo(standardDeviationMs(whole), 4);
      }),
    );
  });
});

describe('a latency percentile', () => {
  it('is undefined without latencies', () => {
    expect(latencyPercentileMs(NO_LATENCIES, 50)).toBeUndefined();
  });

  it.each([
    [0, 3.2],
    [20, 3.2],
    [40, 4],
    [60, 14],
    [80, 26.5],
    [100, 28],
    [150, 28],
  ])("of five latencies in Iter8's layout at %d %% is %d ms", (percent, expected) => {
    const summary = inIter8Layout(summaryOf([3.2, 3.9, 13, 27, 28]));
    expect(latencyPercentileMs(summary, percent)).toBeCloseTo(expected, 12);
  });

  it('is off by 1 % at most, from a microsecond to an hour', () => {
    const logarithm = fc.double({ min: Math.log(0.001), max: Math.log(3_600_000), noNaN: true });
    fc.assert(
      fc.property(
        fc.array(logarithm.map(Math.exp), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, percent) => {
          const exact =
            values.sort((a, b) => a - b)[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1] ?? NaN;
          const estimate = latencyPercentileMs(summaryOf(values), percent) ?? NaN;
          expect(Math.abs(estimate / exact - 1)).toBeLessThanOrEqual(0.01);
        },
      ),
    );
  });

  it('of equal latencies is that latency', () => {
    for (const percent of [0, 50, 99.9, 100])
      expect(latencyPercentileMs(summaryOf([7.5, 7.5, 7.5]), percent)).toBe(7.5);
  });

  it('rises with the percentage, between minimum and maximum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 20_000, noNaN: true }), { minLength: 1, maxLength: 100 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, one, other) => {
          const summary = summaryOf(values);
          const low = latencyPercentileMs(summary, Math.min(one, other)) ?? NaN;
          const high = latencyPercentileMs(summary, Math.max(one, other)) ?? NaN;
          expect(low).toBeLessThanOrEqual(high + 1e-9);
          expect(low).toBeGreaterThanOrEqual(summary.minMs);
          expect(high).toBeLessThanOrEqual(summary.maxMs + 1e-9);
        },
      ),
    );
  });

  it('is in the bucket of its order statistic', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 900, noNaN: true }), { minLength: 1, maxLength: 100 }),
        fc.constantFrom(50, 75, 90, 95, 99),
        (values, percent) => {
          const summary = summaryOf(values);
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1] ?? NaN;
          const estimate = latencyPercentileMs(summary, percent) ?? NaN;
          const bucket = bucketsOf(summary).find(({ lowerMs, upperMs }) => exact >= lowerMs && exact <= upperMs);
          expect(estimate).toBeGreaterThanOrEqual((bucket?.lowerMs ?? NaN) - 1e-9);
          expect(estimate).toBeLessThanOrEqual((bucket?.upperMs ?? NaN) + 1e-9);
        },
      ),
    );
  });
});
