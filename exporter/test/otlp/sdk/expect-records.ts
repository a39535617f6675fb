import { expect } from '@jest/globals';
import { buildSeriesKey, type Label } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import type { Recording, Round } from './recording.js';

const TYPES = {
  counter: 'counter',
  upDownCounter: 'gauge',
  gauge: 'gauge',
  histogram: 'histogram',
  exponential: 'histogram',
} as const;

/** What a record leaves out where it has none. */
const NO_BUCKETS = { positive: { indexes: [], counts: [] } };

/** All that was recorded for one series, in order. */
interface RecordedSeries {
  readonly first: Recording;
  readonly labels: readonly Label[];
  readonly values: readonly number[];
}

/** Expects the series in Redis to be those that were recorded, and no others, with exactly what was recorded. */
export async function expectRecords(redis: Redis, rounds: readonly Round[]): Promise<void> {
  const series = recordedSeries(rounds);
  expect((await redis.keys('metrics:*')).sort()).toEqual([...series.keys()].sort());
  for (const [key, each] of series) {
    const stored = JSON.parse((await redis.get(key)) ?? '') as { readonly schema?: number };
    const record = { ...NO_BUCKETS, ...stored };
    expect([key, record]).toEqual([key, expect.objectContaining(fieldsOf(each, record.schema))]);
  }
}

/** Expects an exposition to have exactly what was recorded. */
export function expectExposition(exposition: string, rounds: readonly Round[]): void {
  const lines = new Set(exposition.split('\n'));
  const expected = [...recordedSeries(rounds).values()].flatMap(linesOf);
  expect(expected.filter((line) => !lines.has(line))).toEqual([]);
}

/** The key of the series that a recording belongs to. */
export function keyOf(recording: Recording): string {
  return buildSeriesKey({ prefix: 'metrics' }, TYPES[recording.kind], recording.name, labelsOf(recording));
}

function labelsOf({ attributes }: Recording): readonly Label[] {
  return Object.entries({ 'service.name': 'shop', ...attributes });
}

/** By key. */
function recordedSeries(rounds: readonly Round[]): Map<string, RecordedSeries> {
  const series = new Map<string, RecordedSeries>();
  for (const first of rounds.flat()) {
    const key = keyOf(first);
    const known = series.get(key) ?? { first, labels: labelsOf(first), values: [] };
    series.set(key, { ...known, values: [...known.values, first.value] });
  }
  return series;
}

function fieldsOf({ first, values }: RecordedSeries, schema = 0): Readonly<Record<string, unknown>> {
  const [type, sum, count] = [TYPES[first.kind], total(values), values.length];
  switch (first.kind) {
    case 'counter':
      return { type, value: sum };
    case 'upDownCounter':
      return { type, mode: 'sum', value: sum };
    case 'gauge':
      return { type, mode: 'last', value: values.at(-1) };
    case 'histogram':
      return { type, count, sum, bounds: first.bounds, counts: explicitCounts(values, first.bounds ?? []) };
    case 'exponential':
      return {
        type,
        count,
        sum,
        zeroCount: values.filter((value) => value === 0).length,
        positive: sparse(values, schema),
      };
  }
}

function linesOf({ first, labels, values }: RecordedSeries): string[] {
  const line = (suffix: string, value: number | undefined, more: readonly Label[] = []): string => {
    const pairs = [...labels, ...more].map(([name, text]) => `${name.replace('.', '_')}=${JSON.stringify(text)}`);
    return `${first.name}${suffix}{${pairs.join(',')}} ${String(value)}`;
  };
  switch (first.kind) {
    case 'counter':
    case 'upDownCounter':
      return [line('', total(values))];
    case 'gauge':
      return [line('', values.at(-1))];
    case 'exponential':
      return [line('_count', values.length), line('_sum', total(values))];
    case 'histogram': {
      const bounds = first.bounds ?? [];
      const below = bounds.map((bound) => values.filter((value) => value <= bound).length);
      const buckets = below.map((count, i) => line('_bucket', count, [['le', (bounds[i] ?? 0).toFixed(1)]]));
      return [...buckets, line('_count', values.length), line('_sum', total(values))];
    }
  }
}

function explicitCounts(values: readonly number[], bounds: readonly number[]): number[] {
  const edges = [Number.NEGATIVE_INFINITY, ...bounds, Number.POSITIVE_INFINITY];
  return edges.slice(1).map((upper, i) => values.filter((value) => value > (edges[i] ?? 0) && value <= upper).length);
}

/** The buckets of positive values, each with its upper bound in it. */
function sparse(values: readonly number[], schema: number): { readonly indexes: number[]; readonly counts: number[] } {
  const counts = new Map<number, number>();
  for (const value of values.filter((each) => each > 0)) {
    const index = Math.ceil(Math.log2(value) * 2 ** schema);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
