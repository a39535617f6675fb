/** Reasons why recordings are dropped: the values of the label `reason` of `redmeter_writer_dropped_total`. */
export const DROP_REASONS = [
  /** The metric name is empty, or contains a NUL or a lone surrogate. */
  'invalid_name',
  /** The metric name is reserved for Prometheus, an exporter or redmeter. */
  'reserved_name',
  /** A histogram of this process uses the metric name for a derived series (`x_count` for `x`), or would use one that is taken. */
  'derived_name',
  /** The name is already used for a metric of another type, in this process or in Redis. */
  'type_conflict',
  /** The labels are not an object, or a label name is empty, contains a NUL or a lone surrogate, or was not declared. */
  'invalid_label_name',
  /** A label name is reserved for Prometheus. */
  'reserved_label',
  /** A label value is not a string, number or boolean, or contains a lone surrogate. */
  'invalid_label_value',
  /** A label value is longer than 1,024 bytes of UTF-8. */
  'label_value_too_long',
  /** More than ten labels. */
  'too_many_labels',
  /** The value is not a number, or not allowed for this type: NaN, infinite, or negative for a counter. */
  'invalid_value',
  /** The histogram was declared with buckets other than 1 to 200 finite numbers in ascending order. */
  'invalid_buckets',
  /** The metric or the process has reached its limit of series. */
  'series_limit',
  /** The series was removed before its recordings were written. */
  'removed',
  /** Recorded after the service was closed, or not written when it closed. */
  'closed',
  /** The buckets conflict with those of other processes, or merged observations have other buckets. */
  'bounds_changed',
  /** The gauge has another mode in Redis or in this process, or `set()` was called on a gauge of mode `sum`. */
  'mode_conflict',
  /** The key of the series does not hold a string. */
  'wrong_redis_type',
  /** The key of the series holds something other than its record, and is left unchanged. */
  'unreadable_value',
  /** A counter or a gauge of mode `sum` would become infinite, or a count exceed 2^53. */
  'overflow',
  /** Redis refused the command on this key. */
  'refused',
  /**
   * Sent but not acknowledged before the service was closed or Redis lost the writer's ledger: it is unknown whether they were
   * written. They are not sent again.
   */
  'in_doubt',
  /** Acknowledged, then lost by Redis (a restore, a failover, FLUSHALL), and not written again. */
  'lost',
] as const;

/** Why a recording was dropped. */
export type DropReason = (typeof DROP_REASONS)[number];
