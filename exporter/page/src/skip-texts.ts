import type { SkipReason } from '@redmeter/metric-format';

/** Why a key adds no series, for a person. */
export const SKIP_TEXTS: Readonly<Record<SkipReason, string>> = {
  malformed_key: 'The key is not prefix:type:name or prefix:type:name:labels.',
  unknown_type: 'The type in the key is none of counter, gauge and histogram.',
  invalid_name: 'The metric name has characters that Prometheus does not allow.',
  reserved_name: 'The metric name is reserved for Prometheus, an exporter or redmeter.',
  malformed_label: 'A part of the labels has no “=”.',
  invalid_label_name: 'A label name has characters that Prometheus does not allow.',
  reserved_label: 'A label name that Prometheus sets itself.',
  label_value_too_long: 'A label value is too long.',
  invalid_utf8: 'A label value or the stored value is not UTF-8.',
  duplicate_label: 'The same label name stands in the key twice.',
  too_many_labels: 'The key has too many labels.',
  wrong_redis_type: 'The key holds neither a string nor a hash with value and timestamp.',
  unreadable: 'Redis refused to read the key: it moved to another node, or permission is missing.',
  value_too_long: 'The stored value is too long.',
  invalid_json: 'The stored value is no JSON.',
  invalid_record: 'The stored value is JSON, but neither an object nor a number.',
  type_mismatch: 'The record has another type than its key.',
  missing_value: 'The record has no value, count or sum.',
  invalid_value: 'A value that this type cannot have, such as a negative counter.',
  invalid_histogram: 'Bounds, counts or percentiles do not fit together.',
  type_conflict: 'The name stands under another type too, which was preferred.',
  derived_name: 'The name is one that a histogram derives, such as its _count.',
  duplicate_series: 'Another key means the same series, and was merged with it.',
  bounds_mismatch: 'Another key means the same histogram with other bounds, and is newer.',
};
