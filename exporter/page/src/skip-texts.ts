import type { SkipReason } from '@redmeter/metric-format';

/** Why a key adds no series, for a person. */
export const SKIP_TEXTS: Readonly<Record<SkipReason, string>> = {
  malformed_key: 'The key is not prefix:type:name or prefix:type:name:labels.',
  unknown_type: 'The type in the key is not counter, gauge or histogram.',
  invalid_name: 'The metric name has characters that Prometheus does not allow.',
  reserved_name: 'The metric name is reserved for Prometheus, an exporter or redmeter.',
  malformed_label: 'A label has no “=”.',
  invalid_label_name: 'A label name has characters that Prometheus does not allow.',
  reserved_label: 'A label name that Prometheus sets itself.',
  label_value_too_long: 'A label value is too long.',
  invalid_utf8: 'A label value or the stored value is not UTF-8.',
  duplicate_label: 'The key has the same label name twice.',
  too_many_labels: 'The key has too many labels.',
  wrong_redis_type: 'The key is not a string, or a hash with value and timestamp.',
  unreadable: 'Redis refused to read the key: it moved to another node, or permission is missing.',
  value_too_long: 'The stored value is too long.',
  invalid_json: 'The stored value is not JSON.',
  invalid_record: 'The stored value is JSON, but not an object or a number.',
  type_mismatch: 'The type in the record differs from the type in the key.',
  missing_value: 'The record has no value, count or sum.',
  invalid_value: 'A value that is invalid for this type, such as a negative counter.',
  invalid_histogram: 'Bounds, counts and percentiles do not match.',
  type_conflict: 'The name also exists under another type, which takes precedence.',
  derived_name: 'The name collides with a derived name of a histogram, such as its _count.',
  duplicate_series: 'Another key is the same series; both were merged.',
  bounds_mismatch: 'Another, newer key is the same histogram with other bounds.',
};
