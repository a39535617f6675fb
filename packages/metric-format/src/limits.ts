/** The prefix of every series key unless configured otherwise. */
export const DEFAULT_PREFIX = 'metrics';

/** Most labels one series may carry, empty ones not counted. */
export const MAX_LABELS = 10;

/** Longest label value, in UTF-8 bytes after percent-decoding. */
export const MAX_LABEL_VALUE_BYTES = 1024;

/** Longest value of a series key that is read, in bytes. */
export const MAX_RECORD_BYTES = 65_536;

/** Deepest nesting of arrays and objects that is read as JSON. */
export const MAX_JSON_DEPTH = 32;

/** Most bucket bounds one histogram may have, +Inf not counted. */
export const MAX_BOUNDS = 200;

/** Largest count that a double holds exactly: 2^53. */
export const MAX_COUNT = 9_007_199_254_740_992;

/** Keys in a database up to which it is scanned for series; above, only the indexes are read. */
export const SCAN_LIMIT_KEYS = 50_000;

/** Series in one answer of the stock sidecar's script, by default. */
export const MAX_ANSWER_SERIES = 10_000;

/** How often a histogram's window keeps a copy of its counts, in milliseconds. */
export const WINDOW_ROTATION_MS = 60_000;

/** Milliseconds a series lives after its last write or refresh, by default: 30 minutes. */
export const DEFAULT_TTL_MS = 1_800_000;

/** The number of this wire format, in the dataset record. */
export const FORMAT_VERSION = 1;

/**
 * Milliseconds for which redis_exporter is shown a new counter or histogram as 0: one and a half scrape intervals of the stack. The
 * script says it once more, for people to change.
 */
export const NEW_SERIES_MS = 7500;
