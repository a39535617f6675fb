import type { HistogramRecord } from '@redmeter/metric-format';

/** Whether the counts of two histograms fit together: equal bounds, both native, or both without buckets. */
export function haveEqualBounds(a: HistogramRecord, b: HistogramRecord): boolean {
  if (a.shape.kind !== 'buckets' || b.shape.kind !== 'buckets') return a.shape.kind === b.shape.kind;
  return areEqualBounds(a.shape.bounds, b.shape.bounds);
}

/** Whether two lists of bounds are the same. */
export function areEqualBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
