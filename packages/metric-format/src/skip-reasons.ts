/**
 * Why a key was left out of an answer, in the order in which a reader looks. Each is a value of the label `reason` of
 * `redmeter_skipped_keys`.
 */
export const SKIP_REASONS = [
  /** Fewer than three parts between colons, or a broken `{tag}`. */
  'malformed_key',
  /** The type is none of counter, gauge, histogram. */
  'unknown_type',
  /** The metric name is no encoded name: empty, not UTF-8, with a NUL or with a separator that is not percent-encoded. */
  'invalid_name',
  /** The metric name is reserved for Prometheus, an exporter or redmeter. */
  'reserved_name',
  /** A label part without `=`. */
  'malformed_label',
  /** A label name is no encoded name, by the same rule. */
  'invalid_label_name',
  /** A label name that Prometheus sets itself. */
  'reserved_label',
  /** A label value longer than MAX_LABEL_VALUE_BYTES. */
  'label_value_too_long',
  /** A label value, the stored value, or a field of a hash is not UTF-8. */
  'invalid_utf8',
  /** The same label name twice. */
  'duplicate_label',
  /** More than MAX_LABELS labels. */
  'too_many_labels',
  /** The key holds neither a string nor a hash with the first two of HASH_FIELDS. */
  'wrong_redis_type',
  /** Redis refused to read the key: moved to another node, no permission. */
  'unreadable',
  /** The value, or the fields of a hash together, are longer than MAX_RECORD_BYTES. */
  'value_too_long',
  /** The value is not JSON (RFC 8259), or nested deeper than MAX_JSON_DEPTH. */
  'invalid_json',
  /** JSON, but neither an object nor a number. */
  'invalid_record',
  /** The record's `type` is not the key's. */
  'type_mismatch',
  /** `value`, `count` or `sum` is missing or null. */
  'missing_value',
  /** A value that this type cannot have: text, a negative counter, an infinite one. */
  'invalid_value',
  /** Bounds, counts, window or percentiles that do not fit together. */
  'invalid_histogram',
  /** The name also exists under another type, which takes precedence. */
  'type_conflict',
  /** The name is one that a histogram derives: `x_count` beside a histogram `x`. */
  'derived_name',
  /** Another key means the same series: it was added to that one, or was the older gauge. */
  'duplicate_series',
  /** Another, newer key is the same histogram with other bounds. */
  'bounds_mismatch',
] as const;

/** Why a key was left out of an answer. */
export type SkipReason = (typeof SKIP_REASONS)[number];
