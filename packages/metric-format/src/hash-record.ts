import { parseJson } from './json.js';
import { MAX_RECORD_BYTES } from './limits.js';
import type { MetricType } from './metric-type.js';
import { parseRecordFields, type ParsedRecord } from './record.js';
import type { SkipReason } from './skip-reasons.js';
import { decodeUtf8 } from './utf8.js';

/**
 * The fields of a hash that are read, by the type in its key. A hash that lacks one of the first two is no metric. Exemplars are
 * read from JSON alone.
 */
export const HASH_FIELDS = {
  counter: ['value', 'timestamp', 'type', 'created'],
  gauge: ['value', 'timestamp', 'type'],
  histogram: [
    ...['count', 'timestamp', 'type', 'sum', 'created', 'bounds', 'counts', 'window'],
    ...['p50', 'p95', 'p99', 'schema', 'zeroThreshold', 'zeroCount', 'positive', 'negative'],
  ],
} as const satisfies Readonly<Record<MetricType, readonly string[]>>;

/** So many of HASH_FIELDS make a hash a metric. */
const REQUIRED_FIELDS = 2;

/**
 * Why a hash is no metric, as the lengths of its fields tell.
 * @param lengths of the values of HASH_FIELDS in bytes, 0 for fields that the hash lacks
 */
export function hashRefusal(
  lengths: readonly number[],
): Extract<SkipReason, 'wrong_redis_type' | 'value_too_long'> | undefined {
  if (lengths.slice(0, REQUIRED_FIELDS).includes(0)) return 'wrong_redis_type';
  return lengths.reduce((sum, length) => sum + length, 0) > MAX_RECORD_BYTES ? 'value_too_long' : undefined;
}

/**
 * Reads a hash as the record that has its fields. A field is JSON; text that is not JSON stands for itself (`counter`, `NaN`). An empty
 * field is the same as none.
 * @param type the type that the key says
 * @param values the values of `HASH_FIELDS[type]`, undefined for fields that the hash lacks
 */
export function parseHash(type: MetricType, values: readonly (Uint8Array | undefined)[]): ParsedRecord {
  const names = HASH_FIELDS[type];
  const reason = hashRefusal(names.map((_, i) => values[i]?.length ?? 0));
  if (reason !== undefined) return { kind: 'skipped', reason };
  const fields: Record<string, unknown> = {};
  for (const [i, name] of names.entries()) {
    const bytes = values[i];
    if (bytes === undefined || bytes.length === 0) continue;
    const text = decodeUtf8(bytes);
    if (text === undefined) return { kind: 'skipped', reason: 'invalid_utf8' };
    const json = parseJson(text);
    fields[name] = json.ok ? json.value : text;
  }
  return parseRecordFields(type, fields);
}
