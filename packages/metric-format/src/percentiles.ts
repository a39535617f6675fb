import { cumulativeCounts } from './buckets.js';
import type { Buckets, NativeShape } from './histogram-record.js';
import { WINDOW_ROTATION_MS } from './limits.js';
import { combine, type NativeBuckets } from './native/sparse-buckets.js';

/** A percentile that a histogram derives a gauge for. */
export interface Percentile {
  /** What the gauge's name adds to the histogram's. */
  readonly suffix: '_p50' | '_p95' | '_p99';
  /** Between 0 and 1. */
  readonly quantile: number;
  /** The gauge's help text; `%s` stands for the histogram's name. */
  readonly help: string;
}

/** The percentiles that histograms derive gauges for, in the order of their names. */
export const PERCENTILES: readonly Percentile[] = [
  { suffix: '_p50', quantile: 0.5, help: '50th percentile of %s over the last one to two minutes.' },
  { suffix: '_p95', quantile: 0.95, help: '95th percentile of %s over the last one to two minutes.' },
  { suffix: '_p99', quantile: 0.99, help: '99th percentile of %s over the last one to two minutes.' },
];

/** The help text of a percentile's gauge. @param name of the histogram, as the answer has it */
export function percentileHelp({ help }: Pick<Percentile, 'help'>, name: string): string {
  // In a replacement that is a text, `$&` and `$$` mean something.
  return help.replace('%s', () => name);
}

/**
 * The quantile of a histogram, in the unit of its bounds, exactly as Prometheus's `histogram_quantile` interpolates
 * (`bucketQuantile` in promql/quantile.go): linear within a bucket, the first from 0 where its bound is positive, the
 * last finite bound for what is above it.
 * @param counts per bucket, not cumulative, one longer than `bounds`
 * @returns undefined when there are no observations
 */
export function quantile(q: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
  const cumulative = cumulativeCounts(counts);
  const observations = cumulative.at(-1) ?? 0;
  if (observations === 0) return undefined;
  let rank = q * observations;
  const found = cumulative.findIndex((n) => n >= rank);
  const index = found < 0 ? bounds.length : found;
  const end = bounds[index];
  if (end === undefined) return bounds.at(-1);
  if (index === 0 && end <= 0) return end;
  const before = index === 0 ? 0 : (cumulative[index - 1] ?? 0);
  const start = index === 0 ? 0 : (bounds[index - 1] ?? 0);
  rank -= before;
  return start + (end - start) * (rank / ((cumulative[index] ?? 0) - before));
}

/**
 * The observations of the last one to two minutes: the counts less the fitting earlier copy. Without a window, all of
 * them; undefined when the window says that there were none for two minutes.
 *
 * Writers copy the counts at the first write at least a minute after the last copy. So what came after a copy and
 * before the next came within a minute of it: a newest copy two minutes old has only old observations after it, and an
 * older copy from before a pause of three minutes has old ones before the newest.
 */
export function recentCounts({ counts, window }: Buckets, nowMs: number): readonly number[] | undefined {
  const base = baseOf(window, nowMs);
  if (base === undefined || base === 'none') return base === undefined ? counts : undefined;
  return counts.map((n, i) => n - (base.counts[i] ?? 0));
}

/** The same of native buckets. */
export function recentNative(shape: NativeShape, nowMs: number): NativeBuckets | undefined {
  const { schema, zeroThreshold, zeroCount, positive, negative, window } = shape;
  const base = baseOf(window, nowMs);
  if (base === 'none') return undefined;
  if (base === undefined) return { schema, zeroThreshold, zeroCount, positive, negative };
  return {
    schema,
    zeroThreshold,
    zeroCount: zeroCount - base.zeroCount,
    positive: combine(positive, base.positive, -1),
    negative: combine(negative, base.negative, -1),
  };
}

/** The copy to subtract; undefined without a window, `none` when nothing was observed for two minutes. */
function baseOf<C extends { readonly sinceMs: number }>(
  window: readonly C[] | undefined,
  nowMs: number,
): C | undefined | 'none' {
  const newest = window?.at(-1);
  if (window === undefined || newest === undefined) return undefined;
  const newestAgeMs = nowMs - newest.sinceMs;
  if (newestAgeMs >= 2 * WINDOW_ROTATION_MS) return 'none';
  const older = window.length > 1 ? window[0] : undefined;
  const useOlder =
    older !== undefined && newestAgeMs < WINDOW_ROTATION_MS && nowMs - older.sinceMs < 3 * WINDOW_ROTATION_MS;
  return useOlder ? older : newest;
}
