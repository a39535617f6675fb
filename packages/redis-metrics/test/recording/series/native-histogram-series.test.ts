import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ZERO_THRESHOLD, loweredIndex, nativeBound, nativeIndex } from '@redmeter/metric-format';
import fc from 'fast-check';
import { Batch } from '../../../src/delivery/batch.js';
import { ChangedSeries } from '../../../src/flush/changed-series.js';
import type { Histogram, HistogramDefinition } from '../../../src/recording/series/instruments.js';
import { Registry } from '../../../src/recording/registry.js';
import { LogOnce } from '../../../src/accounting/log-once.js';
import { newTallies, type Tally } from '../../../src/accounting/tally.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { recordingScope } from '../recording-scope.js';

type Definition = Omit<HistogramDefinition, 'name' | 'buckets'>;

interface Operation {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
  readonly negative?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
  readonly counts?: readonly number[];
  readonly sum: number | string;
}

/** A native histogram, and what waits of it as the merge script takes it. */
function newHistogram(definition: Definition = {}): {
  readonly series: Histogram;
  readonly tally: Tally;
  readonly log: RecordedLog;
  readonly waiting: () => readonly Operation[];
  readonly families: () => readonly unknown[];
} {
  const tallies = newTallies();
  const changed = new ChangedSeries(1_000_000);
  const log = new RecordedLog();
  const registry = new Registry(recordingScope({ tallies, changed, log: new LogOnce(log) }), [1], false);
  const series = registry.declareHistogram({ name: 'took_ms', buckets: 'native', ...definition }).labels();
  const batches = (): Batch[] =>
    [...changed.takeAll()].map((one) => {
      const batch = new Batch(0, 0, undefined);
      batch.add(one);
      return batch;
    });
  const waiting = (): Operation[] =>
    batches().map((batch) => JSON.parse(batch.arguments.texts.at(-1) ?? '') as Operation);
  const families = (): unknown[] => batches().map((batch) => JSON.parse(batch.arguments.texts[1] ?? '') as unknown);
  return { series, tally: tallies.histogram, log, waiting, families };
}

describe('a native histogram', () => {
  it('sends zeros, positive and negative values by their bucket', () => {
    const { series, waiting } = newHistogram();
    for (const value of [0, -0, 1e-39, 1, 1, 1.05, 2, -2, -1e300, 5e-324]) series.observe(value);
    expect(waiting()).toEqual([
      {
        ...{ type: 'histogram', family: 1, schema: 3, zeroThreshold: DEFAULT_ZERO_THRESHOLD, zeroCount: 4 },
        positive: { indexes: [0, 1, 8], counts: [2, 1, 1] },
        negative: { indexes: [8, nativeIndex(3, 1e300)], counts: [1, 1] },
        sum: -1e300,
      },
    ]);
  });

  it('counts values within its own threshold as zeros', () => {
    const { series, waiting } = newHistogram({ zeroThreshold: 0.5, schema: 0 });
    for (const value of [0.5, -0.5, 0.51, -0.51]) series.observe(value);
    const [operation] = waiting();
    expect(operation).toMatchObject({ zeroCount: 2, positive: { indexes: [0], counts: [1] } });
    expect(operation).toMatchObject({ negative: { indexes: [0], counts: [1] } });
  });

  it('counts in classic buckets beside', () => {
    const { series, waiting, families } = newHistogram({ classicBuckets: [1, 10] });
    for (const value of [1, 5, 50]) series.observe(value);
    expect(waiting()[0]).toMatchObject({ counts: [1, 1, 1], sum: 56 });
    series.observe(1);
    expect(families()).toMatchObject([
      { native: { schema: 3, zeroThreshold: DEFAULT_ZERO_THRESHOLD, maxBuckets: 160 }, bounds: [1, 10] },
    ]);
  });

  it('keeps the buckets of a batch at most maxBuckets, exactly, and begins the next at its own schema', () => {
    const signed = fc.double({ noNaN: true, noDefaultInfinity: true });
    const options = fc.record({ schema: fc.integer({ min: -4, max: 8 }), maxBuckets: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(fc.array(signed, { minLength: 1, maxLength: 200 }), options, (values, { schema, maxBuckets }) => {
        const { series, waiting } = newHistogram({ schema, maxBuckets });
        for (const value of values) series.observe(value);
        const [operation] = waiting();
        expect(operation).toMatchObject(counted(values, schema, maxBuckets));
        series.observe(1);
        expect(waiting()[0]).toMatchObject({ schema });
      }),
    );
  });

  it('counts what does not fit in a number as an infinite sum', () => {
    const { series, waiting } = newHistogram();
    series.observe(1e308);
    series.observe(1e308);
    expect(waiting()[0]).toMatchObject({ sum: '+Inf' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '3', undefined, 1n])('drops %p', (value) => {
    const { series, tally, waiting } = newHistogram();
    series.observe(value as number);
    expect(waiting()).toEqual([]);
    expect([tally.recorded, tally.dropped()]).toEqual([1, { invalid_value: 1 }]);
  });
});

/** What is expected of observations: bucket by bucket, and the schema lowered while there are too many. */
function counted(values: readonly number[], schema: number, maxBuckets: number): Partial<Operation> {
  for (let lowered = schema; ; lowered -= 1) {
    const [positive, negative] = [new Map<number, number>(), new Map<number, number>()];
    for (const value of values) {
      if (Math.abs(value) <= DEFAULT_ZERO_THRESHOLD) continue;
      const buckets = value > 0 ? positive : negative;
      const index = loweredIndex(nativeIndex(schema, Math.abs(value)), schema - lowered);
      buckets.set(index, (buckets.get(index) ?? 0) + 1);
    }
    if (positive.size + negative.size > maxBuckets && lowered > -4) continue;
    return {
      schema: lowered,
      zeroCount: values.filter((value) => Math.abs(value) <= DEFAULT_ZERO_THRESHOLD).length,
      ...(positive.size > 0 && { positive: listed(positive) }),
      ...(negative.size > 0 && { negative: listed(negative) }),
    };
  }
}

function listed(buckets: ReadonlyMap<number, number>): { indexes: number[]; counts: number[] } {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
}

describe('merged observations', () => {
  it('are added to those observed, at the lower schema and the larger threshold', () => {
    const { series, waiting } = newHistogram({ zeroThreshold: 0.25 });
    series.observe(0.3);
    series.observe(5);
    const positive = { indexes: [-8, 2, 3], counts: [1, 2, 4] };
    series.merge({ schema: 1, zeroThreshold: 0.1, zeroCount: 2, positive, sum: 10 });
    expect(waiting()[0]).toMatchObject({
      ...{ schema: 1, zeroThreshold: 0.25, zeroCount: 3 },
      positive: { indexes: [-3, 2, 3, 5], counts: [1, 2, 4, 1] },
      sum: 15.3,
    });
  });

  it('raise the threshold to the end of a bucket that it cuts, as Prometheus does', () => {
    const { series, waiting } = newHistogram({ schema: 0, zeroThreshold: 0 });
    series.observe(1.5);
    series.observe(-3);
    series.merge({ schema: 0, zeroThreshold: 1.2, zeroCount: 7, sum: 1 });
    expect(waiting()[0]).toMatchObject({
      ...{ schema: 0, zeroThreshold: 2, zeroCount: 8 },
      negative: { indexes: [2], counts: [1] },
    });
  });

  it('of the other form are counted at the upper bounds of their buckets', () => {
    const { series, waiting } = newHistogram({ schema: 0, classicBuckets: [1, 8] });
    series.merge({ bounds: [-4, 0, 3], counts: [1, 2, 3, 4], sum: 100 });
    expect(waiting()[0]).toMatchObject({
      ...{ zeroCount: 2, positive: { indexes: [2, 1025], counts: [3, 4] }, negative: { indexes: [2], counts: [1] } },
      counts: [3, 3, 4],
      sum: 100,
    });
  });

  it('with an undefined schema are taken by their bounds', () => {
    const { series, waiting } = newHistogram({ schema: 0 });
    series.merge({ schema: undefined, bounds: [1, 2], counts: [1, 2, 3], sum: 5 });
    expect(waiting()[0]).toMatchObject({ schema: 0, positive: { indexes: [0, 1, 1025], counts: [1, 2, 3] }, sum: 5 });
  });

  it('of a finer scale than there is are lowered to schema 8', () => {
    const { series, waiting } = newHistogram({ schema: 8 });
    series.merge({ schema: 10, positive: { indexes: [1, 4, 5], counts: [1, 1, 0] }, sum: 2 });
    expect(waiting()[0]).toMatchObject({ schema: 8, positive: { indexes: [1], counts: [2] } });
    expect(nativeBound(8, 1)).toBeCloseTo(2 ** (1 / 256));
  });

  it.each([
    ['a schema that is none', { schema: 2.5, sum: 1 }],
    ['a schema that is too low', { schema: -5, sum: 1 }],
    ['a schema that is text', { schema: '3', sum: 1 }],
    ['indexes that do not ascend', { schema: 3, positive: { indexes: [2, 2], counts: [1, 1] }, sum: 1 }],
    ['fewer counts than indexes', { schema: 3, positive: { indexes: [2, 3], counts: [1] }, sum: 1 }],
    ['half an index', { schema: 3, positive: { indexes: [2.5], counts: [1] }, sum: 1 }],
    ['an index beyond all numbers', { schema: 3, negative: { indexes: [8194], counts: [1] }, sum: 1 }],
    ['half an observation', { schema: 3, positive: { indexes: [2], counts: [0.5] }, sum: 1 }],
    ['a negative count of zeros', { schema: 3, zeroCount: -1, sum: 1 }],
    ['a negative threshold', { schema: 3, zeroThreshold: -1, sum: 1 }],
    ['an infinite threshold', { schema: 3, zeroThreshold: Number.POSITIVE_INFINITY, sum: 1 }],
    ['no sum', { schema: 3 }],
    ['nothing', undefined],
    ['null', null],
    ['no fields', {}],
    ['holes as counts', { schema: 3, positive: { indexes: [1, 2, 3], counts: new Array(3) }, sum: 1 }],
    ['holes as indexes', { schema: 3, positive: { indexes: new Array(1), counts: [1] }, sum: 1 }],
    ['a schema that is null', { schema: null, bounds: [1], counts: [1, 1], sum: 1 }],
    ['a schema that is too high', { schema: 21, sum: 1 }],
    [
      'more than a number can count',
      { schema: 3, zeroCount: 1, positive: { indexes: [1], counts: [2 ** 53] }, sum: 1 },
    ],
    ['bounds that do not ascend', { bounds: [2, 1], counts: [1, 1, 1], sum: 1 }],
  ])('with %s are dropped', (_what, observations) => {
    const { series, tally, waiting } = newHistogram();
    series.merge(observations as never);
    expect(waiting()).toEqual([]);
    expect([tally.recorded, tally.dropped()]).toEqual([1, { invalid_value: 1 }]);
  });

  it('that would overflow are dropped, and pending ones kept', () => {
    const { series, tally, waiting } = newHistogram();
    const most = { schema: 0, positive: { indexes: [1], counts: [Number.MAX_SAFE_INTEGER] }, sum: 1 };
    series.merge(most);
    series.merge(most);
    expect(waiting()[0]).toMatchObject({ positive: most.positive });
    expect(tally.dropped()).toEqual({ overflow: 1 });
  });
});

describe('a declaration', () => {
  it.each([
    ['schema', { schema: 9 }, 'schema: expected a whole number from -4 to 8, got 9'],
    ['schema', { schema: 0.5 }, 'schema: expected a whole number from -4 to 8, got 0.5'],
    ['maxBuckets', { maxBuckets: 0 }, 'maxBuckets: expected a whole number from 1 to 500, got 0'],
    ['zeroThreshold', { zeroThreshold: -1 }, 'zeroThreshold: expected a finite number of at least 0, got -1'],
    ['classicBuckets', { classicBuckets: [2, 1] }, 'classicBuckets: expected 1 to 200 finite numbers'],
    ['buckets', { buckets: 'exponential' }, "buckets: expected 'native' or 1 to 200 finite numbers"],
  ])('with a bad %s is refused', (_name, definition, detail) => {
    const { series, tally, log } = newHistogram(definition as never);
    series.observe(1);
    expect(tally.dropped()).toEqual({ invalid_buckets: 1 });
    expect(log.warnings.join('\n')).toContain(detail);
  });

  it('later with other buckets changes nothing, and is logged', () => {
    const log = new RecordedLog();
    const registry = new Registry(recordingScope({ log: new LogOnce(log) }), [1], false);
    const first = registry.declareHistogram({ name: 'a', buckets: 'native' });
    expect(registry.declareHistogram({ name: 'a', buckets: [5, 10] })).toBe(first);
    expect(log.warnings.join('\n')).toContain('keeps its buckets native (schema 3');
  });

  it('of options of native histograms without native buckets is logged', () => {
    const log = new RecordedLog();
    const registry = new Registry(recordingScope({ log: new LogOnce(log) }), [1], false);
    registry.declareHistogram({ name: 'a', buckets: [5], schema: 4 });
    expect(log.warnings.join('\n')).toContain("schema: expected none without buckets: 'native', got 4");
  });
});
