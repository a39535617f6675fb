import { isBounds } from './buckets.js';
import { isCount, isCounts, isMissing } from './counts.js';
import { MAX_EXEMPLARS, parseExemplars, type Exemplar } from './exemplars.js';
import { isJsonObject, type JsonObject } from './json.js';
import { nativeCount, type NativeBuckets } from './native/sparse-buckets.js';
import { isEarlierCopy, parseNativeBuckets, parseNativeCounts, type NativeCounts } from './native/parse-native.js';
import { readSpecialNumber, readTime } from './special-number.js';
import type { SkipReason } from './skip-reasons.js';

/** An earlier copy of a histogram's counts. */
export interface WindowCopy {
  /** When it was taken, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** As long as the histogram's counts, none larger than theirs. */
  readonly counts: readonly number[];
}

/** How observations spread over the buckets. */
export interface Buckets {
  /** Upper bounds, ascending, finite, at least one; +Inf is implied. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative, one longer than `bounds`. */
  readonly counts: readonly number[];
  /** Earlier copies, oldest first, at most two; undefined when the writer keeps no window. */
  readonly window: readonly WindowCopy[] | undefined;
}

/** An earlier copy of a histogram's native counts: at its schema, with its zero threshold, none larger than its own. */
export interface NativeWindowCopy extends NativeCounts {
  /** When it was taken, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** How observations spread over exponential buckets, and what is known beside that. */
export interface NativeShape extends NativeBuckets {
  readonly kind: 'native';
  /** The same observations in classic buckets, where writers have those too. */
  readonly classic: Pick<Buckets, 'bounds' | 'counts'> | undefined;
  /** Earlier copies, oldest first, at most two; undefined when the writer keeps no window. */
  readonly window: readonly NativeWindowCopy[] | undefined;
  /** Only of a histogram at zero, see `atZero`: the bounds of its derived buckets, which its counts do not tell. */
  readonly shownBounds?: readonly number[];
}

/** Percentiles that a writer without buckets worked out itself. */
export interface GivenPercentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** Observations: how many, their sum, and buckets of one kind or the other, or ready-made percentiles. */
export interface HistogramRecord {
  readonly type: 'histogram';
  readonly count: number;
  /** The sum of the observations, in the unit of the metric; may be NaN or infinite. */
  readonly sum: number;
  readonly shape:
    ({ readonly kind: 'buckets' } & Buckets) | NativeShape | ({ readonly kind: 'percentiles' } & GivenPercentiles);
  /** The newest, at most MAX_EXEMPLARS, the oldest first; undefined when there are none. */
  readonly exemplars?: readonly Exemplar[];
  readonly createdMs: number | undefined;
  readonly timestampMs: number | undefined;
}

/** Reads the fields of a histogram, or says why they are none. */
export function parseHistogram(fields: JsonObject): HistogramRecord | SkipReason {
  const { count, sum: rawSum } = fields as { count?: unknown; sum?: unknown };
  if (isMissing(count) || isMissing(rawSum)) return 'missing_value';
  const sum = readSpecialNumber(rawSum);
  if (!isCount(count) || sum === undefined) return 'invalid_value';
  const shape = parseShape(fields, count);
  if (shape === undefined) return 'invalid_histogram';
  const exemplars = parseExemplars(fields['exemplars'], MAX_EXEMPLARS);
  return {
    type: 'histogram',
    // 0 added makes 0 of -0, which is a count, too.
    count: count + 0,
    sum,
    shape,
    ...(exemplars.length === 0 ? {} : { exemplars }),
    createdMs: readTime(fields['created']),
    timestampMs: readTime(fields['timestamp']),
  };
}

function parseShape(fields: JsonObject, count: number): HistogramRecord['shape'] | undefined {
  const hasClassic = !isMissing(fields['bounds']) || !isMissing(fields['counts']);
  if (!isMissing(fields['schema'])) return parseNative(fields, count, hasClassic);
  return hasClassic ? parseBuckets(fields, count) : parsePercentiles(fields);
}

function parseNative(fields: JsonObject, count: number, hasClassic: boolean): NativeShape | undefined {
  const native = parseNativeBuckets(fields);
  if (native === undefined || nativeCount(native) !== count) return undefined;
  const classic = hasClassic ? parseClassic(fields, count) : undefined;
  if (hasClassic && classic === undefined) return undefined;
  const window = parseWindow(fields['window'], (copy) => {
    const earlier = parseNativeCounts(copy, native.schema);
    const hasCounts = classic !== undefined && !isMissing(copy['counts']);
    if (hasCounts && !isEarlier(copy['counts'], classic.counts)) return undefined;
    return earlier !== undefined && isEarlierCopy(earlier, native) ? earlier : undefined;
  });
  return window === 'invalid' ? undefined : { kind: 'native', ...native, classic, window };
}

function parseBuckets(fields: JsonObject, count: number): HistogramRecord['shape'] | undefined {
  const classic = parseClassic(fields, count);
  if (classic === undefined) return undefined;
  const window = parseWindow(fields['window'], ({ counts: earlier }) =>
    isEarlier(earlier, classic.counts) ? { counts: earlier } : undefined,
  );
  return window === 'invalid' ? undefined : { kind: 'buckets', ...classic, window };
}

function parseClassic(fields: JsonObject, count: number): Pick<Buckets, 'bounds' | 'counts'> | undefined {
  const { bounds, counts } = fields as { bounds?: unknown; counts?: unknown };
  if (!isBounds(bounds) || !isCounts(counts, bounds.length + 1)) return undefined;
  return counts.reduce((sum, n) => sum + n, 0) === count ? { bounds, counts } : undefined;
}

/** Whether a value is an earlier copy of some counts: none is above theirs. */
function isEarlier(value: unknown, counts: readonly number[]): value is number[] {
  return isCounts(value, counts.length) && value.every((n, i) => n <= (counts[i] ?? 0));
}

/** @param parseCopy reads the counts of one copy; undefined where they are none, or fit no earlier copy */
function parseWindow<C extends object>(
  value: unknown,
  parseCopy: (copy: JsonObject) => C | undefined,
): readonly (C & { readonly sinceMs: number })[] | undefined | 'invalid' {
  // Lua's cjson writes an empty array as `{}`, so both mean no copies.
  if (isMissing(value) || isEmptyObject(value)) return undefined;
  if (!Array.isArray(value) || value.length > 2) return 'invalid';
  if (value.length === 0) return undefined;
  const copies: (C & { readonly sinceMs: number })[] = [];
  for (const copy of value as unknown[]) {
    if (!isJsonObject(copy)) return 'invalid';
    const sinceMs = readTime(copy['since']);
    const earlier = parseCopy(copy);
    if (sinceMs === undefined || earlier === undefined) return 'invalid';
    copies.push({ sinceMs, ...earlier });
  }
  const [first, second] = copies;
  if (first !== undefined && second !== undefined && first.sinceMs > second.sinceMs) return 'invalid';
  return copies;
}

function parsePercentiles(fields: JsonObject): HistogramRecord['shape'] | undefined {
  const [p50, p95, p99] = ['p50', 'p95', 'p99'].map((name) => fields[name]);
  if (![p50, p95, p99].every((value) => isMissing(value) || readSpecialNumber(value) !== undefined)) return undefined;
  return { kind: 'percentiles', p50: readSpecialNumber(p50), p95: readSpecialNumber(p95), p99: readSpecialNumber(p99) };
}

function isEmptyObject(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
