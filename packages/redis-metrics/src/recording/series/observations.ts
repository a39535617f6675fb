import {
  isAscending,
  isCounts,
  lowerSchema,
  MAX_SCHEMA,
  nativeCount,
  NO_BUCKETS,
  parseNativeBuckets,
  type NativeBuckets,
  type SparseBuckets,
} from '@redmeter/metric-format';
import type { CountedObservations, NativeObservations } from './instruments.js';

/** What `merge` expects. */
export const NOT_COUNTED =
  'bounds with whole counts of at least 0, one for each bucket and one for +Inf, or a schema with indexes and counts of buckets; and a sum';

/** The finest scale that OpenTelemetry has. */
const MAX_MERGED_SCHEMA = 20;
/** Longest list that is read. */
const MAX_MERGED_BUCKETS = 100_000;

/** Observations that were counted elsewhere, in one of the two forms. */
export type ReadObservations = {
  /** How many they are; a safe integer. */
  readonly total: number;
  /** Not NaN. */
  readonly sum: number;
} & (
  | { readonly form: 'classic'; readonly bounds: readonly number[]; readonly counts: readonly number[] }
  /** With defaults filled in, without empty buckets, and at a schema of at most 8. */
  | { readonly form: 'native'; readonly buckets: NativeBuckets }
);

type Given = { readonly [Name in keyof (CountedObservations & NativeObservations)]?: unknown };

/**
 * Reads what an application gives to `merge`, each field once: it may be anything, and change while it is read. With a schema it is of the
 * native form.
 * @returns undefined when it is none of the two forms
 */
export function readObservations(given: unknown): ReadObservations | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  try {
    const { schema, sum, ...rest } = fieldsOf(given);
    if (typeof sum !== 'number' || Number.isNaN(sum)) return undefined;
    return schema === undefined ? readClassic(rest, sum) : readNative(rest, schema, sum);
  } catch {
    // A getter of the application threw, or a proxy.
    return undefined;
  }
}

function fieldsOf(given: Given): Given {
  const { schema, sum, bounds, counts, zeroThreshold, zeroCount, positive, negative } = given;
  return { schema, sum, bounds, counts, zeroThreshold, zeroCount, positive, negative };
}

function readClassic(given: Given, sum: number): ReadObservations | undefined {
  const [bounds, counts] = [copied(given.bounds), copied(given.counts)];
  if (bounds === undefined || !isAscending(bounds) || !isCounts(counts, bounds.length + 1)) return undefined;
  const total = counts.reduce((all, count) => all + count, 0);
  return Number.isSafeInteger(total) ? { form: 'classic', bounds, counts, total, sum } : undefined;
}

function readNative(given: Given, schema: unknown, sum: number): ReadObservations | undefined {
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema > MAX_MERGED_SCHEMA) return undefined;
  const [positive, negative] = [readSide(given.positive), readSide(given.negative)];
  if (positive === undefined || negative === undefined) return undefined;
  const lowered = lowerSchema({ schema, zeroThreshold: 0, zeroCount: 0, positive, negative }, MAX_SCHEMA);
  const { zeroThreshold, zeroCount } = given;
  const buckets = parseNativeBuckets({ ...lowered, zeroThreshold, zeroCount });
  if (buckets === undefined) return undefined;
  const total = nativeCount(buckets);
  return Number.isSafeInteger(total) ? { form: 'native', buckets, total, sum } : undefined;
}

/** The buckets with observations. */
function readSide(given: unknown): SparseBuckets | undefined {
  if (given === undefined) return NO_BUCKETS;
  if (typeof given !== 'object' || given === null) return undefined;
  const { indexes: givenIndexes, counts: givenCounts } = given as { indexes?: unknown; counts?: unknown };
  const [indexes, counts] = [copied(givenIndexes), copied(givenCounts)];
  if (indexes === undefined || !isAscending(indexes) || !indexes.every(Number.isSafeInteger)) return undefined;
  if (!isCounts(counts, indexes.length)) return undefined;
  return { indexes: indexes.filter((_, i) => counts[i] !== 0), counts: counts.filter((count) => count !== 0) };
}

/** A list as it is now; what holes of it hold is undefined. */
function copied(list: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const { length } = list;
  return length <= MAX_MERGED_BUCKETS ? Array.from({ length }, (_, i) => list[i] as unknown) : undefined;
}
