import { isCount, isMissing } from '../counts.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { DEFAULT_ZERO_THRESHOLD, MAX_SCHEMA, MIN_SCHEMA, nativeIndexRange } from '../native-buckets.js';
import { NO_BUCKETS, type NativeBuckets, type SparseBuckets } from './sparse-buckets.js';

/** Observations by native bucket, whose schema and threshold are known. */
export type NativeCounts = Pick<NativeBuckets, 'zeroCount' | 'positive' | 'negative'>;

/** Reads the native buckets of a record that has a schema; undefined where its fields do not fit together. */
export function parseNativeBuckets(fields: JsonObject): NativeBuckets | undefined {
  const { schema, zeroThreshold } = fields as { schema?: unknown; zeroThreshold?: unknown };
  if (!isSchema(schema)) return undefined;
  const threshold = isMissing(zeroThreshold) ? DEFAULT_ZERO_THRESHOLD : zeroThreshold;
  if (typeof threshold !== 'number' || !Number.isFinite(threshold) || threshold < 0) return undefined;
  const counts = parseNativeCounts(fields, schema);
  // 0 added makes 0 of -0.
  return counts === undefined ? undefined : { schema: schema + 0, zeroThreshold: threshold + 0, ...counts };
}

/** Reads the counts of native buckets of a schema; undefined where they are none. */
export function parseNativeCounts(fields: JsonObject, schema: number): NativeCounts | undefined {
  const { zeroCount } = fields as { zeroCount?: unknown };
  if (!isMissing(zeroCount) && !isCount(zeroCount)) return undefined;
  const positive = parseSide(fields['positive'], schema);
  const negative = parseSide(fields['negative'], schema);
  if (positive === undefined || negative === undefined) return undefined;
  return { zeroCount: (zeroCount ?? 0) + 0, positive, negative };
}

/** Whether no count of an earlier copy is above the present one. */
export function isEarlierCopy(earlier: NativeCounts, now: NativeCounts): boolean {
  return (
    earlier.zeroCount <= now.zeroCount &&
    isWithin(earlier.positive, now.positive) &&
    isWithin(earlier.negative, now.negative)
  );
}

function isWithin(earlier: SparseBuckets, now: SparseBuckets): boolean {
  let place = 0;
  return earlier.indexes.every((index, i) => {
    while ((now.indexes[place] ?? Number.POSITIVE_INFINITY) < index) place += 1;
    return now.indexes[place] === index && (earlier.counts[i] ?? 0) <= (now.counts[place] ?? 0);
  });
}

function isSchema(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= MIN_SCHEMA && value <= MAX_SCHEMA;
}

function parseSide(value: unknown, schema: number): SparseBuckets | undefined {
  if (isMissing(value)) return NO_BUCKETS;
  if (!isJsonObject(value)) return isEmptyList(value) ? NO_BUCKETS : undefined;
  const { indexes, counts } = value as { indexes?: unknown; counts?: unknown };
  const hasNone = (list: unknown): boolean => isMissing(list) || isEmptyList(list);
  if (hasNone(indexes) && hasNone(counts)) return NO_BUCKETS;
  if (!areIndexes(indexes, schema) || !Array.isArray(counts) || counts.length !== indexes.length) return undefined;
  if (!counts.every((count) => isCount(count) && count > 0)) return undefined;
  return { indexes: indexes.map((index) => index + 0), counts: counts as number[] };
}

function areIndexes(value: unknown, schema: number): value is number[] {
  if (!Array.isArray(value)) return false;
  const { least, most } = nativeIndexRange(schema);
  let previous = least - 1;
  return (value as unknown[]).every((index) => {
    if (typeof index !== 'number' || !Number.isInteger(index) || index <= previous || index > most) return false;
    previous = index;
    return true;
  });
}

/** Lua's cjson writes an empty list as `{}`, so both mean none. */
function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}
