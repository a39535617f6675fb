import { DEFAULT_ZERO_THRESHOLD, isBounds, MAX_BOUNDS, MAX_SCHEMA, MIN_SCHEMA } from '@redmeter/metric-format';
import { shownList, shownValue } from '../../errors/shown-value.js';
import { sameNumbers } from '../series/histogram-series.js';
import type { HistogramDefinition } from '../series/instruments.js';
import type { NativeLayout } from '../series/native-counts.js';

/** The buckets of a histogram: classic ones by their bounds, native ones, or both. */
export interface HistogramBuckets {
  readonly bounds?: readonly number[];
  readonly native?: NativeLayout;
}

/** The resolution of a native histogram that names none: a bucket is 9 % wide. */
const DEFAULT_SCHEMA = 3;
/** The number of buckets above which a native histogram that names none lowers its schema. */
const DEFAULT_MAX_BUCKETS = 160;
/** The largest `maxBuckets`: a record with so many, and two copies of them, is no longer than a record may be. */
const MAX_MAX_BUCKETS = 500;

/** The buckets that a histogram is declared with, or what is wrong with them: what was expected and what was got. */
export function readHistogramBuckets(
  definition: Omit<HistogramDefinition, 'name'>,
  defaultBounds: readonly number[],
): HistogramBuckets | string {
  const { buckets = defaultBounds } = definition;
  if (buckets === 'native') return readNative(definition);
  if (isBounds(buckets)) return { bounds: withoutMinusZero(buckets) };
  return `buckets: expected ${Array.isArray(buckets) ? '' : "'native' or "}${expectedBounds(buckets)}`;
}

function readNative(definition: Omit<HistogramDefinition, 'name'>): HistogramBuckets | string {
  const {
    schema = DEFAULT_SCHEMA,
    maxBuckets = DEFAULT_MAX_BUCKETS,
    zeroThreshold = DEFAULT_ZERO_THRESHOLD,
    classicBuckets,
  } = definition;
  if (!isWhole(schema, MIN_SCHEMA, MAX_SCHEMA)) {
    return `schema: expected a whole number from ${MIN_SCHEMA} to ${MAX_SCHEMA}, got ${shownValue(schema)}`;
  }
  if (!isWhole(maxBuckets, 1, MAX_MAX_BUCKETS)) {
    return `maxBuckets: expected a whole number from 1 to ${MAX_MAX_BUCKETS}, got ${shownValue(maxBuckets)}`;
  }
  if (!Number.isFinite(zeroThreshold) || zeroThreshold < 0) {
    return `zeroThreshold: expected a finite number of at least 0, got ${shownValue(zeroThreshold)}`;
  }
  // 0 added makes 0 of -0.
  const native = { schema: schema + 0, zeroThreshold: zeroThreshold + 0, maxBuckets };
  if (classicBuckets === undefined) return { native };
  if (!isBounds(classicBuckets)) return `classicBuckets: expected ${expectedBounds(classicBuckets)}`;
  return { native, bounds: withoutMinusZero(classicBuckets) };
}

/** Whether two histograms count alike. */
export function sameBuckets(a: HistogramBuckets, b: HistogramBuckets): boolean {
  return (
    sameNumbers(a.bounds ?? [], b.bounds ?? []) &&
    a.native?.schema === b.native?.schema &&
    a.native?.zeroThreshold === b.native?.zeroThreshold &&
    a.native?.maxBuckets === b.native?.maxBuckets
  );
}

/** The buckets for a log line. */
export function shownBuckets({ bounds, native }: HistogramBuckets): string {
  const classic = bounds?.join(' ');
  if (native === undefined) return classic ?? 'none';
  const shown = `native (schema ${native.schema}, zeroThreshold ${native.zeroThreshold}, maxBuckets ${native.maxBuckets})`;
  return classic === undefined ? shown : `${shown} and ${classic}`;
}

function expectedBounds(got: unknown): string {
  const shown = Array.isArray(got) ? shownList(got as unknown[]) : shownValue(got);
  return `1 to ${MAX_BOUNDS} finite numbers in ascending order, got ${shown}`;
}

/** -0 and 0 are the same bound. */
function withoutMinusZero(bounds: readonly number[]): readonly number[] {
  return bounds.map((bound) => bound + 0);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
