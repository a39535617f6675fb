import { isJsonObject, type JsonObject } from './json.js';
import { MAX_BOUNDS, MAX_COUNT } from './limits.js';
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

/** Percentiles that a writer without buckets worked out itself. */
export interface GivenPercentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** Observations: how many, their sum, and either buckets or ready-made percentiles. */
export interface HistogramRecord {
  readonly type: 'histogram';
  readonly count: number;
  /** The sum of the observations, in the unit of the metric; may be NaN or infinite. */
  readonly sum: number;
  readonly shape: ({ readonly kind: 'buckets' } & Buckets) | ({ readonly kind: 'percentiles' } & GivenPercentiles);
  readonly createdMs: number | undefined;
  readonly timestampMs: number | undefined;
}

/** Reads the fields of a histogram, or says why they are none. */
export function parseHistogram(fields: JsonObject): HistogramRecord | SkipReason {
  const { count, sum: rawSum } = fields as { count?: unknown; sum?: unknown };
  if (isMissing(count) || isMissing(rawSum)) return 'missing_value';
  const sum = readSpecialNumber(rawSum);
  if (!isCount(count) || sum === undefined) return 'invalid_value';
  const shape =
    isMissing(fields['bounds']) && isMissing(fields['counts']) ? parsePercentiles(fields) : parseBuckets(fields, count);
  if (shape === undefined) return 'invalid_histogram';
  return {
    type: 'histogram',
    // 0 added makes 0 of -0, which is a count, too.
    count: count + 0,
    sum,
    shape,
    createdMs: readTime(fields['created']),
    timestampMs: readTime(fields['timestamp']),
  };
}

function parseBuckets(fields: JsonObject, count: number): HistogramRecord['shape'] | undefined {
  const bounds = fields['bounds'];
  const counts = fields['counts'];
  if (!isBounds(bounds) || !isCounts(counts, bounds.length + 1)) return undefined;
  if (counts.reduce((sum, n) => sum + n, 0) !== count) return undefined;
  const window = parseWindow(fields['window'], counts);
  return window === 'invalid' ? undefined : { kind: 'buckets', bounds, counts, window };
}

function parseWindow(value: unknown, counts: readonly number[]): readonly WindowCopy[] | undefined | 'invalid' {
  // Lua's cjson writes an empty array as `{}`, so both mean no copies.
  if (isMissing(value) || isEmptyObject(value)) return undefined;
  if (!Array.isArray(value) || value.length > 2) return 'invalid';
  if (value.length === 0) return undefined;
  const copies: WindowCopy[] = [];
  for (const copy of value as unknown[]) {
    if (!isJsonObject(copy)) return 'invalid';
    const sinceMs = readTime(copy['since']);
    const earlier = copy['counts'];
    if (sinceMs === undefined || !isCounts(earlier, counts.length)) return 'invalid';
    if (earlier.some((n, i) => n > (counts[i] ?? 0))) return 'invalid';
    copies.push({ sinceMs, counts: earlier });
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

function isBounds(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_BOUNDS) return false;
  let previous = Number.NEGATIVE_INFINITY;
  return (value as unknown[]).every((bound) => {
    if (typeof bound !== 'number' || !Number.isFinite(bound) || bound <= previous) return false;
    previous = bound;
    return true;
  });
}

function isCounts(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every(isCount);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isEmptyObject(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
