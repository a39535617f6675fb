/** Why recordings were dropped. Each is a value of the label `reason` of `redmeter_writer_dropped_total`. */
export const DROP_REASONS = [
  /** The metric name is not `[a-zA-Z_][a-zA-Z0-9_]*`. */
  'invalid_name',
  /** The metric name belongs to Prometheus, an exporter or redmeter itself. */
  'reserved_name',
  /** The metric name is one that a histogram of this process derives (`x_count` beside `x`), or the other way round. */
  'derived_name',
  /** The name stands for another type, in this process or in Redis. */
  'type_conflict',
  /** The labels are no object, or a label name is not `[a-zA-Z_][a-zA-Z0-9_]*`, or is none of the declared ones. */
  'invalid_label_name',
  /** A label name that Prometheus sets itself. */
  'reserved_label',
  /** A label value that is no text, number or boolean, or text with half a surrogate pair. */
  'invalid_label_value',
  /** A label value longer than 1,024 bytes of UTF-8. */
  'label_value_too_long',
  /** More than ten labels. */
  'too_many_labels',
  /** Not a number, or one that this type cannot take: NaN, infinite, or for a counter negative. */
  'invalid_value',
  /** The histogram was declared with buckets that are not ascending, finite, 1 to 200. */
  'invalid_buckets',
  /** The metric, or the process, has as many series as it may, and this would be one more. */
  'series_limit',
  /** The series was removed before they were written. */
  'removed',
  /** The service was closed: recorded afterwards, or not written when it closed. */
  'closed',
  /** The buckets find no room beside those of other processes; or observations were merged that have others. */
  'bounds_changed',
  /** Redis, or this process, has the gauge in another mode; or `set()` was called where processes add up. */
  'mode_conflict',
  /** The series' key holds no string. */
  'wrong_redis_type',
  /** The series' key holds what no reader takes for its record; it is left as it is. */
  'unreadable_value',
  /** A counter, or a gauge of mode `sum`, would be infinite, or a count more than 2^53. */
  'overflow',
  /** Redis refused the command on this key. */
  'refused',
  /**
   * Sent and not answered, and then the service was closed, or Redis has no memory of this writer any more: written or not, nobody
   * knows. It is not sent twice.
   */
  'in_doubt',
  /** Acknowledged, then lost by Redis (a restore, a failover, FLUSHALL), and not written again. */
  'lost',
] as const;

/** Why a recording was dropped. */
export type DropReason = (typeof DROP_REASONS)[number];
