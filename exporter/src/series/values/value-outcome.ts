import {
  decodeUtf8,
  MAX_RECORD_BYTES,
  parseHash,
  parseRecord,
  type MetricRecord,
  type MetricType,
  type SkipReason,
} from '@redmeter/metric-format';
import { readCanonical } from './canonical-record.js';
import { writeHistogram } from './histogram-json.js';

/** What Redis has under a key. */
export type ValueOutcome =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  /** The same, known to be UTF-8. */
  | { readonly kind: 'text'; readonly text: string }
  /** A hash: its values of HASH_FIELDS of the key's type. */
  | { readonly kind: 'hash'; readonly values: readonly (Buffer | undefined)[] }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'refused';
      readonly reason: Extract<SkipReason, 'wrong_redis_type' | 'unreadable' | 'value_too_long'>;
    };

/** What Redis holds a record as: JSON, which the merge script writes; a number alone; a hash. */
export type ValueForm = 'json' | 'number' | 'hash';

/** A value as a record, or why it is none. */
export type ReadValue =
  | {
      readonly kind: 'record';
      readonly record: MetricRecord;
      /** Of a histogram its JSON; else empty. */
      readonly json: string;
      readonly form: ValueForm;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Reads a value in the order in which every reader checks it: length, UTF-8, then the record. */
export function readValue(
  type: MetricType,
  value: Extract<ValueOutcome, { kind: 'value' | 'text' | 'hash' }>,
): ReadValue {
  if (value.kind === 'hash') return readHashValue(type, value.values);
  const size = value.kind === 'value' ? value.bytes.length : byteLength(value.text);
  if (size > MAX_RECORD_BYTES) return { kind: 'skipped', reason: 'value_too_long' };
  const canonical = value.kind === 'value' ? readCanonical(type, value.bytes) : undefined;
  if (canonical !== undefined) return { kind: 'record', record: canonical, json: '', form: 'json' };
  const text = value.kind === 'value' ? decodeUtf8(value.bytes) : value.text;
  if (text === undefined) return { kind: 'skipped', reason: 'invalid_utf8' };
  const parsed = parseRecord(type, text);
  if (parsed.kind === 'skipped') return parsed;
  const json = type === 'histogram' ? text : '';
  return { kind: 'record', record: parsed.record, json, form: text.trimStart().startsWith('{') ? 'json' : 'number' };
}

function readHashValue(type: MetricType, values: readonly (Buffer | undefined)[]): ReadValue {
  const parsed = parseHash(type, values);
  if (parsed.kind === 'skipped') return parsed;
  const { record } = parsed;
  return { kind: 'record', record, json: record.type === 'histogram' ? writeHistogram(record) : '', form: 'hash' };
}

/** The length in bytes, exact where it matters: a UTF-16 unit is three bytes of UTF-8 at most. */
function byteLength(text: string): number {
  return text.length * 3 <= MAX_RECORD_BYTES ? text.length : Buffer.byteLength(text);
}
