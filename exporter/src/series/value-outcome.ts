import {
  decodeUtf8,
  MAX_RECORD_BYTES,
  parseRecord,
  type MetricType,
  type ParsedRecord,
  type SkipReason,
} from '@redmeter/metric-format';

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

/** A value as text with its record, or why it is none. */
export type ReadValue =
  | {
      readonly kind: 'record';
      readonly record: Extract<ParsedRecord, { kind: 'record' }>['record'];
      readonly text: string;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

// What the merge script writes of a counter, and of a gauge whose value is a number: most values of most databases.
const CANONICAL =
  /^\{"type":"(counter|gauge)",(?:"mode":"[a-z]+",)?"value":(-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?),(?:"created":([1-9]\d{0,14}),)?"timestamp":([1-9]\d{0,14})\}$/;

/** A record in the form that writers give it, at a fraction of what JSON costs; undefined for any other. */
function readCanonical(type: MetricType, text: string): Extract<ReadValue, { kind: 'record' }> | undefined {
  const match = CANONICAL.exec(text);
  if (match?.[1] !== type) return undefined;
  const value = Number(match[2]);
  const timestampMs = Number(match[4]);
  const createdMs = match[3] === undefined ? undefined : Number(match[3]);
  if (type === 'gauge') return { kind: 'record', record: { type, value, timestampMs }, text };
  if (type !== 'counter' || value < 0) return undefined;
  return { kind: 'record', record: { type, value, createdMs, timestampMs }, text };
}

/** Reads a value in the order in which every reader checks it: length, UTF-8, then the record. */
export function readValue(type: MetricType, value: Extract<ValueOutcome, { kind: 'value' | 'text' }>): ReadValue {
  const size = value.kind === 'value' ? value.bytes.length : byteLength(value.text);
  if (size > MAX_RECORD_BYTES) return { kind: 'skipped', reason: 'value_too_long' };
  const text = value.kind === 'value' ? decodeUtf8(value.bytes) : value.text;
  if (text === undefined) return { kind: 'skipped', reason: 'invalid_utf8' };
  const canonical = readCanonical(type, text);
  if (canonical !== undefined) return canonical;
  const parsed = parseRecord(type, text);
  return parsed.kind === 'record' ? { kind: 'record', record: parsed.record, text } : parsed;
}

/** The length in bytes, exact where it matters: a UTF-16 unit is three bytes of UTF-8 at most. */
function byteLength(text: string): number {
  return text.length * 3 <= MAX_RECORD_BYTES ? text.length : Buffer.byteLength(text);
}
