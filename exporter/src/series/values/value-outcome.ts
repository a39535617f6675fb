import {
  decodeUtf8,
  MAX_RECORD_BYTES,
  parseRecord,
  type MetricRecord,
  type MetricType,
  type SkipReason,
} from '@redmeter/metric-format';
import { readCanonical } from './canonical-record.js';

/** What Redis has under a key. */
export type ValueOutcome =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  /** The same, known to be UTF-8. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'refused';
      readonly reason: Extract<SkipReason, 'wrong_redis_type' | 'unreadable' | 'value_too_long'>;
    };

/** A value as a record, or why it is none. */
export type ReadValue =
  | {
      readonly kind: 'record';
      readonly record: MetricRecord;
      /** Of a histogram the JSON that it was read from; else empty. */
      readonly json: string;
      /** Whether it is a number alone, which is no JSON object. */
      readonly isBare: boolean;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Reads a value in the order in which every reader checks it: length, UTF-8, then the record. */
export function readValue(type: MetricType, value: Extract<ValueOutcome, { kind: 'value' | 'text' }>): ReadValue {
  const size = value.kind === 'value' ? value.bytes.length : byteLength(value.text);
  if (size > MAX_RECORD_BYTES) return { kind: 'skipped', reason: 'value_too_long' };
  const canonical = value.kind === 'value' ? readCanonical(type, value.bytes) : undefined;
  if (canonical !== undefined) return { kind: 'record', record: canonical, json: '', isBare: false };
  const text = value.kind === 'value' ? decodeUtf8(value.bytes) : value.text;
  if (text === undefined) return { kind: 'skipped', reason: 'invalid_utf8' };
  const parsed = parseRecord(type, text);
  if (parsed.kind === 'skipped') return parsed;
  const json = type === 'histogram' ? text : '';
  return { kind: 'record', record: parsed.record, json, isBare: !text.trimStart().startsWith('{') };
}

/** The length in bytes, exact where it matters: a UTF-16 unit is three bytes of UTF-8 at most. */
function byteLength(text: string): number {
  return text.length * 3 <= MAX_RECORD_BYTES ? text.length : Buffer.byteLength(text);
}
