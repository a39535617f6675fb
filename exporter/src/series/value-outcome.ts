import {
  decodeUtf8,
  MAX_RECORD_BYTES,
  parseRecord,
  type MetricType,
  type ParsedRecord,
  type SkipReason,
} from '@redmeter/metric-format';
import { isAscii } from 'node:buffer';

/** What Redis has under a key. */
export type ValueOutcome =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'refused';
      readonly reason: Extract<SkipReason, 'wrong_redis_type' | 'unreadable' | 'value_too_long'>;
    };

/** A value as text with its record, or why it is none. */
export type ReadValue =
  | {
      readonly kind: 'record';
      readonly record: Extract<ParsedRecord, { kind: 'record' }>['record'];
      readonly text: string;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Reads a value in the order in which every reader checks it: length, UTF-8, then the record. */
export function readValue(type: MetricType, bytes: Buffer): ReadValue {
  if (bytes.length > MAX_RECORD_BYTES) return { kind: 'skipped', reason: 'value_too_long' };
  const text = isAscii(bytes) ? bytes.toString('latin1') : decodeUtf8(bytes);
  if (text === undefined) return { kind: 'skipped', reason: 'invalid_utf8' };
  const parsed = parseRecord(type, text);
  return parsed.kind === 'record' ? { kind: 'record', record: parsed.record, text } : parsed;
}
