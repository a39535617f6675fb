import { PERCENTILES, quantile, recentCounts, type HistogramRecord } from '@redmeter/metric-format';
import type { HistogramView } from './series.js';

/** The view of one record at `nowMs`, in milliseconds since the epoch. */
export function viewHistogram(record: HistogramRecord, nowMs: number): HistogramView {
  const { type, count, sum, shape, createdMs, timestampMs } = record;
  const common = { type, count, sum, createdMs, timestampMs };
  if (shape.kind === 'percentiles') {
    return { ...common, buckets: undefined, percentiles: [shape.p50, shape.p95, shape.p99] };
  }
  const { bounds, counts } = shape;
  return { ...common, buckets: { bounds, counts }, percentiles: percentilesOf(bounds, recentCounts(shape, nowMs)) };
}

/** The sum of several records with equal bounds, added in the given order. */
export function addHistograms(
  records: readonly HistogramRecord[],
  bounds: readonly number[],
  nowMs: number,
): HistogramView {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  const recent = new Array<number>(bounds.length + 1).fill(0);
  for (const { shape } of records) {
    if (shape.kind === 'percentiles') continue;
    add(counts, shape.counts);
    add(recent, recentCounts(shape, nowMs) ?? []);
  }
  return {
    type: 'histogram',
    count: counts.reduce((total, n) => total + n, 0),
    sum: records.map(({ sum }) => sum).reduce((total, sum) => total + sum),
    buckets: { bounds, counts },
    percentiles: percentilesOf(bounds, recent),
    createdMs: earliest(records.map(({ createdMs }) => createdMs)),
    timestampMs: latest(records.map(({ timestampMs }) => timestampMs)),
  };
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

function add(sums: number[], counts: readonly number[]): void {
  counts.forEach((n, i) => (sums[i] = (sums[i] ?? 0) + n));
}
