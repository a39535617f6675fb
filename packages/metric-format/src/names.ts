const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

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

/** Whether `text` is a metric name without colons: `[a-zA-Z_][a-zA-Z0-9_]*`. */
export function isMetricName(text: string): boolean {
  return NAME.test(text);
}

/** Whether `text` is a label name: `[a-zA-Z_][a-zA-Z0-9_]*`. */
export function isLabelName(text: string): boolean {
  return NAME.test(text);
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
