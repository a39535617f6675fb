import {
  decodeUtf8,
  MAX_RECORD_BYTES,
  parseHash,
  parseRecord,
  type MetricType,
  type ParsedRecord,
  type SkipReason,
} from '@redmeter/metric-format';

/** The content of a series key. */
export type StoredValue =
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  /** A hash, with its values of HASH_FIELDS of the key's type. */
  | { readonly kind: 'hash'; readonly values: readonly (Uint8Array | undefined)[] }
  /** The key expired after it was listed: no reason to count it. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'refused';
      readonly reason: Extract<SkipReason, 'wrong_redis_type' | 'unreadable' | 'value_too_long'>;
    };

/** Reads a stored value in the order in which every reader checks: length, UTF-8, then the record. */
export function readStoredValue(type: MetricType, stored: StoredValue): ParsedRecord | { readonly kind: 'absent' } {
  if (stored.kind === 'absent') return stored;
  if (stored.kind === 'refused') return { kind: 'skipped', reason: stored.reason };
  if (stored.kind === 'hash') return parseHash(type, stored.values);
  if (stored.bytes.length > MAX_RECORD_BYTES) return { kind: 'skipped', reason: 'value_too_long' };
  const text = decodeUtf8(stored.bytes);
  return text === undefined ? { kind: 'skipped', reason: 'invalid_utf8' } : parseRecord(type, text);
}
