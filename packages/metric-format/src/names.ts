import { decodeLabelValue, encodeLabelValue } from './label-value.js';

const PLAIN = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
// Prometheus's parsers of text end at a NUL in a name, and then the whole scrape fails.
const UNREADABLE = /[\0\p{Surrogate}]/u;
// What encodeName encodes except %, in bytes of UTF-8: a key with one of them in a name was hardly meant so.
const SEPARATOR = /[:,={}"\\\x00-\x1f\x7f]|\xc2[\x80-\x9f]/;

/** Names that Prometheus, redis_exporter or redmeter give to series of their own; `*` stands for any ending. */
export const RESERVED_METRIC_NAMES = [
  'up',
  'ALERTS*',
  'scrape_*',
  'redis_up',
  'redis_script_*',
  'redis_exporter_*',
  'redmeter_*',
] as const;

/** The beginnings of `redmeter_*` names that are written to Redis like any other series. */
export const OWN_NAME_PREFIXES = ['redmeter_writer_', 'redmeter_experiment_', 'redmeter_release_'] as const;

/** Label names that Prometheus sets itself; so are all that start with `__`. */
export const RESERVED_LABEL_NAMES = ['job', 'instance', 'le', 'quantile'] as const;

/** What a histogram adds to its name: its own samples, its percentile gauges, and OpenMetrics' creation time. */
export const DERIVED_SUFFIXES = ['_bucket', '_sum', '_count', '_created', '_p50', '_p95', '_p99'] as const;

/** Whether a name stands in a key and in every format of exposition as it is: `[a-zA-Z_][a-zA-Z0-9_]*`. */
export function isPlainName(text: string): boolean {
  return PLAIN.test(text);
}

/** Whether Prometheus 2 accepts a metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`. Formats of exposition quote or escape all others. */
export function isLegacyMetricName(text: string): boolean {
  return LEGACY_METRIC.test(text);
}

/** Whether `text` is a metric name: UTF-8, not empty, without NUL and lone surrogates. */
export function isMetricName(text: string): boolean {
  return isPlainName(text) || (text !== '' && !UNREADABLE.test(text));
}

/** Whether `text` is a label name: the same rule as for metric names. */
export function isLabelName(text: string): boolean {
  return isMetricName(text);
}

/** A metric or label name as it stands in a key: plain ones as they are, in others what is encoded in label values. */
export function encodeName(name: string): string {
  return isPlainName(name) ? name : encodeLabelValue(name);
}

/**
 * A name read from a key; undefined when it is none. Other than in a label value, separators must be encoded.
 * @param encoded the bytes of the name, one a character (latin1)
 */
export function decodeName(encoded: string): string | undefined {
  if (isPlainName(encoded)) return encoded;
  if (SEPARATOR.test(encoded)) return undefined;
  const { text } = decodeLabelValue(encoded);
  return text !== undefined && isMetricName(text) ? text : undefined;
}

/** Whether a metric of this name would take the place of somebody else's series. */
export function isReservedMetricName(name: string): boolean {
  if (OWN_NAME_PREFIXES.some((prefix) => name.startsWith(prefix))) return false;
  return RESERVED_METRIC_NAMES.some((reserved) =>
    reserved.endsWith('*') ? name.startsWith(reserved.slice(0, -1)) : name === reserved,
  );
}

/** Whether a label of this name would be replaced by Prometheus, or rename the series. */
export function isReservedLabelName(name: string): boolean {
  return name.startsWith('__') || RESERVED_LABEL_NAMES.some((reserved) => reserved === name);
}
