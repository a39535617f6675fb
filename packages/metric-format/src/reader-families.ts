/** What stands under `# HELP` for a metric that nobody described. */
export const MISSING_HELP = 'Recorded without help text.';

/** What stands behind the help of a histogram whose writers have native buckets alone. */
export const DERIVED_BUCKETS_HELP = ' (le buckets: derived from native ones)';

/** The beginning of all metric names that redmeter itself records or adds. */
export const OWN_NAME_START = 'redmeter_';

/** The metrics that every reader adds to its answer; all are gauges. */
export const READER_FAMILIES = {
  /** By `reason`, every one of SKIP_REASONS, zero included. */
  skippedKeys: { name: 'redmeter_skipped_keys', help: 'Keys that add no series to this response, by reason.' },
  /** By `type`, every one of METRIC_TYPES. */
  series: { name: 'redmeter_series', help: 'Series in this response, by type.' },
  /** Compare it with the sum of the series: before an answer is full, somebody should know. */
  seriesLimit: {
    name: 'redmeter_series_limit',
    help: 'Maximum number of series in a response; above it, whole metrics are left out.',
  },
  /** 0 or 1. */
  scanDisabled: {
    name: 'redmeter_scan_disabled',
    help: '1 if the database is too large to scan and only series in the indexes are read, else 0.',
  },
  /** 1 by `family`; absent when none was left out. */
  truncatedFamilies: {
    name: 'redmeter_truncated_families',
    help: 'Metrics left out of this response, with all their series, because it was full.',
  },
  /** By `family`; absent when none was left out. */
  escapeCollisions: {
    name: 'redmeter_escape_collisions',
    help: 'Series left out of this response because their names, escaped, are those of another series, by metric.',
  },
  /** Absent when no series says when it was written. */
  lastWrite: {
    name: 'redmeter_last_write_timestamp_seconds',
    help: 'Time of the latest write of a series, in seconds since the epoch.',
  },
} as const;
