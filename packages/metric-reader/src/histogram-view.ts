import {
  addNative,
  derivedBuckets,
  MAX_EXEMPLARS,
  nativeCount,
  nativeQuantile,
  PERCENTILES,
  quantile,
  recentCounts,
  recentNative,
  type Exemplar,
  type HistogramRecord,
  type NativeBuckets,
  type NativeShape,
} from '@redmeter/metric-format';
import { areEqualBounds } from './alike-buckets.js';
import type { HistogramView } from './series.js';

type Shown = Pick<HistogramView, 'buckets' | 'native' | 'percentiles'>;

/** The view of one record at `nowMs`, in milliseconds since the epoch. */
export function viewHistogram(record: HistogramRecord, nowMs: number): HistogramView {
  const { type, count, sum, shape, createdMs, timestampMs, exemplars } = record;
  const common = { type, count, sum, createdMs, timestampMs, ...(exemplars === undefined ? {} : { exemplars }) };
  switch (shape.kind) {
    case 'percentiles':
      return { ...common, buckets: undefined, percentiles: [shape.p50, shape.p95, shape.p99] };
    case 'buckets': {
      const { bounds, counts } = shape;
      return { ...common, buckets: { bounds, counts }, percentiles: percentilesOf(bounds, recentCounts(shape, nowMs)) };
    }
    case 'native':
      return { ...common, ...viewNative([shape], nowMs, sum) };
  }
}

/**
 * The sum of several records with alike buckets, added in the given order.
 * @param newest the one of them that is shown where there is nothing to add: ready-made percentiles
 */
export function addHistograms(
  records: readonly HistogramRecord[],
  newest: HistogramRecord,
  nowMs: number,
): HistogramView {
  if (newest.shape.kind === 'percentiles') return viewHistogram(newest, nowMs);
  const sum = records.map((record) => record.sum).reduce((before, one) => before + one);
  const shown =
    newest.shape.kind === 'buckets'
      ? addClassic(records, newest.shape.bounds, nowMs)
      : viewNative(
          records.flatMap(({ shape }) => (shape.kind === 'native' ? shape : [])),
          nowMs,
          sum,
        );
  return {
    type: 'histogram',
    count: shown.native === undefined ? total(shown.buckets?.counts ?? []) : nativeCount(shown.native),
    sum,
    ...shown,
    createdMs: earliest(records.map(({ createdMs }) => createdMs)),
    timestampMs: latest(records.map(({ timestampMs }) => timestampMs)),
    ...newestExemplars(records, MAX_EXEMPLARS),
  };
}

function addClassic(records: readonly HistogramRecord[], bounds: readonly number[], nowMs: number): Shown {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  const recent = new Array<number>(bounds.length + 1).fill(0);
  for (const { shape } of records) {
    if (shape.kind !== 'buckets') continue;
    add(counts, shape.counts);
    add(recent, recentCounts(shape, nowMs) ?? []);
  }
  return { buckets: { bounds, counts }, percentiles: percentilesOf(bounds, recent) };
}

/** @param sum of all their observations */
function viewNative(shapes: readonly NativeShape[], nowMs: number, sum: number): Shown {
  const native = addAll(shapes);
  if (native === undefined) return { buckets: undefined, percentiles: [] };
  const recent = addAll(shapes.map((shape) => recentNative(shape, nowMs)).filter((one) => one !== undefined));
  return {
    buckets: addedClassic(shapes) ?? { ...derivedFrom(native, shapes), isDerived: true },
    native,
    percentiles: PERCENTILES.map(({ quantile: q }) =>
      recent === undefined ? undefined : nativeQuantile(q, recent, sum),
    ),
  };
}

function addAll(all: readonly NativeBuckets[]): NativeBuckets | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  const { schema, zeroThreshold, zeroCount, positive, negative } = first;
  return others.reduce<NativeBuckets>(addNative, { schema, zeroThreshold, zeroCount, positive, negative });
}

function derivedFrom(native: NativeBuckets, [shape]: readonly NativeShape[]): ReturnType<typeof derivedBuckets> {
  const bounds = shape?.shownBounds;
  if (bounds === undefined || nativeCount(native) > 0) return derivedBuckets(native);
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0) };
}

/** The classic buckets beside native ones, where all have the same; otherwise undefined. */
function addedClassic(shapes: readonly NativeShape[]): HistogramView['buckets'] {
  const bounds = shapes[0]?.classic?.bounds;
  if (bounds === undefined) return undefined;
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const { classic } of shapes) {
    if (classic === undefined || !areEqualBounds(classic.bounds, bounds)) return undefined;
    add(counts, classic.counts);
  }
  return { bounds, counts };
}

/** The newest exemplars of some records, the oldest first. */
export function newestExemplars(
  records: readonly { readonly exemplars?: readonly Exemplar[] }[],
  most: number,
): { readonly exemplars?: readonly Exemplar[] } {
  const all = records.flatMap(({ exemplars = [] }) => exemplars);
  if (all.length === 0) return {};
  return { exemplars: all.sort((a, b) => (a.timestampMs ?? 0) - (b.timestampMs ?? 0)).slice(-most) };
}

/** The latest time; undefined when there is none. */
export function latest(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce((a, b) => (b !== undefined && (a === undefined || b > a) ? b : a), undefined);
}

/** The earliest time; undefined when there is none. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce((a, b) => (b !== undefined && (a === undefined || b < a) ? b : a), undefined);
}

function percentilesOf(bounds: readonly number[], recent: readonly number[] | undefined): (number | undefined)[] {
  return PERCENTILES.map(({ quantile: q }) => (recent === undefined ? undefined : quantile(q, bounds, recent)));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, n) => sum + n, 0);
}

function add(sums: number[], counts: readonly number[]): void {
  counts.forEach((n, i) => (sums[i] = (sums[i] ?? 0) + n));
}
