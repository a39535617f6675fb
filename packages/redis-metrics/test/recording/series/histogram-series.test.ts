import { expect, it } from '@jest/globals';
import { Batch } from '../../../src/delivery/batch.js';
import { ChangedSeries } from '../../../src/flush/changed-series.js';
import type { Histogram } from '../../../src/recording/series/instruments.js';
import { Registry } from '../../../src/recording/registry.js';
import { newTallies, type Tally } from '../../../src/accounting/tally.js';
import { recordingScope } from '../recording-scope.js';

const bounds = [1, 2];

/** A histogram, and what waits of it as the merge script takes it. */
function newHistogram(): {
  readonly series: Histogram;
  readonly tally: Tally;
  readonly waiting: () => unknown[];
} {
  const tallies = newTallies();
  const changed = new ChangedSeries(1_000_000);
  const series = new Registry(recordingScope({ tallies, changed }), bounds, false).histogram('took_ms').labels();
  const waiting = (): unknown[] =>
    [...changed.takeAll()].map((one) => {
      const batch = new Batch(0, 0, undefined);
      batch.add(one);
      return JSON.parse(batch.arguments.texts.at(-1) ?? '') as unknown;
    });
  return { series, tally: tallies.histogram, waiting };
}

it('adds merged observations to those observed', () => {
  const { series, tally, waiting } = newHistogram();
  series.observe(1.5);
  series.merge({ bounds, counts: [3, 0, 2], sum: 22.25 });
  series.merge({ bounds, counts: [0, 1, 0], sum: -0.25 });
  expect(waiting()).toEqual([{ type: 'histogram', family: 1, counts: [3, 2, 2], sum: 23.5 }]);
  expect(tally.recorded).toBe(3);
});

it.each([
  ['other buckets', { bounds: [1, 3], counts: [1, 1, 1], sum: 1 }, 'bounds_changed'],
  ['fewer counts', { bounds, counts: [1, 1], sum: 1 }, 'invalid_value'],
  ['more counts', { bounds, counts: [1, 1, 1, 1], sum: 1 }, 'invalid_value'],
  ['a negative count', { bounds, counts: [1, -1, 1], sum: 1 }, 'invalid_value'],
  ['half an observation', { bounds, counts: [1, 0.5, 1], sum: 1 }, 'invalid_value'],
  ['more than a number can count', { bounds, counts: [1, 2 ** 53, 1], sum: 1 }, 'invalid_value'],
  ['a sum that is no number', { bounds, counts: [1, 1, 1], sum: '1' as never }, 'invalid_value'],
  ['a sum that is none', { bounds, counts: [1, 1, 1], sum: Number.NaN }, 'invalid_value'],
  ['holes as counts', { bounds, counts: new Array<number>(3), sum: 1 }, 'invalid_value'],
  ['no counts', { bounds, sum: 1 } as never, 'invalid_value'],
  ['no fields', {} as never, 'invalid_value'],
  ['null', null as never, 'invalid_value'],
  ['nothing', undefined as never, 'invalid_value'],
  ['text', 'schema' as never, 'invalid_value'],
  ['a schema that is null', { schema: null, bounds, counts: [1, 1, 1], sum: 1 } as never, 'invalid_value'],
] as const)('drops merged observations with %s', (_what, observations, reason) => {
  const { series, tally, waiting } = newHistogram();
  series.merge(observations);
  expect(waiting()).toEqual([]);
  expect([tally.recorded, tally.dropped()]).toEqual([1, { [reason]: 1 }]);
});

it('drops merged observations that would overflow, and keeps pending ones', () => {
  const { series, tally, waiting } = newHistogram();
  const most = { bounds, counts: [0, Number.MAX_SAFE_INTEGER, 0], sum: 1 };
  series.merge(most);
  series.merge(most);
  expect(waiting()).toEqual([{ type: 'histogram', family: 1, counts: most.counts, sum: 1 }]);
  expect(tally.dropped()).toEqual({ overflow: 1 });
});

it('takes merged observations with an undefined schema by their bounds', () => {
  const { series, tally, waiting } = newHistogram();
  series.merge({ schema: undefined, bounds, counts: [1, 2, 3], sum: 5 });
  expect(waiting()).toEqual([{ type: 'histogram', family: 1, counts: [1, 2, 3], sum: 5 }]);
  expect(tally.dropped()).toEqual({});
});

it('drops what is observed beyond the largest count', () => {
  const { series, tally, waiting } = newHistogram();
  series.merge({ bounds, counts: [0, Number.MAX_SAFE_INTEGER, 0], sum: 1 });
  series.observe(1);
  series.merge({ schema: 0, zeroCount: 1, sum: 0 });
  expect(waiting()).toEqual([{ type: 'histogram', family: 1, counts: [0, Number.MAX_SAFE_INTEGER, 0], sum: 1 }]);
  expect(tally.dropped()).toEqual({ overflow: 2 });
});

it('adds merged observations whose sum was more than a number can hold', () => {
  const { series, tally, waiting } = newHistogram();
  series.merge({ bounds, counts: [0, 0, 2], sum: Number.POSITIVE_INFINITY });
  series.observe(1);
  expect(waiting()).toEqual([{ type: 'histogram', family: 1, counts: [1, 0, 2], sum: '+Inf' }]);
  expect(tally.dropped()).toEqual({});
});
