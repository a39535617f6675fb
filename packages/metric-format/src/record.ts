import { parseExemplars, type Exemplar } from './exemplars.js';
import { parseHistogram, type HistogramRecord } from './histogram-record.js';
import { isJsonObject, parseJson, type JsonObject } from './json.js';
import type { MetricType } from './metric-type.js';
import { readSpecialNumber, readTime } from './special-number.js';
import type { SkipReason } from './skip-reasons.js';

/** A sum of increments since `createdMs`. */
export interface CounterRecord {
  readonly type: 'counter';
  /** At least 0, finite. */
  readonly value: number;
  /** When the count began, in milliseconds since the epoch; undefined when not given. */
  readonly createdMs: number | undefined;
  /** When it was last written, in milliseconds since the epoch; undefined when not given. */
  readonly timestampMs: number | undefined;
  /** The newest, one; undefined when there is none. */
  readonly exemplars?: readonly Exemplar[];
}

/** A value that goes up and down; may be NaN or infinite. */
export interface GaugeRecord {
  readonly type: 'gauge';
  readonly value: number;
  readonly timestampMs: number | undefined;
}

/** What is under a series key. */
export type MetricRecord = CounterRecord | GaugeRecord | HistogramRecord;

/** A record, or why it is none. */
export type ParsedRecord =
  | { readonly kind: 'record'; readonly record: MetricRecord }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/**
 * Reads the value of a series key: a JSON object, or for counters and gauges a bare JSON number.
 * @param type the type that the key says
 */
export function parseRecord(type: MetricType, text: string): ParsedRecord {
  const json = parseJson(text);
  if (!json.ok) return skipped('invalid_json');
  const { value } = json;
  if (typeof value === 'number' && type !== 'histogram') {
    return parseSimple(type, { value });
  }
  return isJsonObject(value) ? parseRecordFields(type, value) : skipped('invalid_record');
}

/** Reads the fields of a record. */
export function parseRecordFields(type: MetricType, fields: JsonObject): ParsedRecord {
  const given = fields['type'];
  if (given !== undefined && given !== null && given !== type) return skipped('type_mismatch');
  if (type !== 'histogram') return parseSimple(type, fields);
  const record = parseHistogram(fields);
  return typeof record === 'string' ? skipped(record) : { kind: 'record', record };
}

function parseSimple(type: 'counter' | 'gauge', fields: JsonObject): ParsedRecord {
  const raw = fields['value'];
  if (raw === undefined || raw === null) return skipped('missing_value');
  const value = type === 'gauge' ? readSpecialNumber(raw) : raw;
  const timestampMs = readTime(fields['timestamp']);
  if (typeof value !== 'number') return skipped('invalid_value');
  if (type === 'gauge') return { kind: 'record', record: { type, value, timestampMs } };
  if (!Number.isFinite(value) || value < 0) return skipped('invalid_value');
  const record = { type, value, createdMs: readTime(fields['created']), timestampMs };
  const exemplars = parseExemplars(fields['exemplars'], 1);
  return { kind: 'record', record: exemplars.length === 0 ? record : { ...record, exemplars } };
}

function skipped(reason: SkipReason): ParsedRecord {
  return { kind: 'skipped', reason };
}
