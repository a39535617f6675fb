/** The group of metrics that a load without endpoints gives. */
export const BUILT_IN_GROUP = 'built-in';

/** The group of metrics that a gRPC load without endpoints gives. */
export const GRPC_GROUP = 'grpc';

const SERVICE_TIME = 'service-time-';
const PERCENTILE = /^p(\d{1,3}(?:\.\d+)?)$/;

const aliasByKind: ReadonlyMap<string, string> = new Map([
  ['latency-mean', 'mean-latency'],
  ['latency-stddev', 'stddev-latency'],
  ['latency-min', 'min-latency'],
  ['latency-max', 'max-latency'],
]);

const plainKinds = [
  'request-count',
  'error-count',
  'error-rate',
  'mean-latency',
  'stddev-latency',
  'min-latency',
  'max-latency',
] as const;

/** What a metric of a load measures, beside percentiles. */
export type LoadMetricKind = (typeof plainKinds)[number];

/** A metric name taken apart: of a load (by kind or percentile) or from a back end. */
export type MetricReference =
  | { readonly source: 'load'; readonly group: string; readonly kind: LoadMetricKind; readonly of?: 'service-time' }
  | {
      readonly source: 'load';
      readonly group: string;
      readonly kind: 'percentile';
      readonly percent: number;
      readonly of?: 'service-time';
    }
  | { readonly source: 'backend'; readonly name: string };

/**
 * Takes a metric name apart, aliases included: `built-in/p95` is `built-in/p95.0`; `http/latency-p95` and `http/latency-mean` are
 * Iter8 0.11's names of the built-in ones; `grpc/…` is a gRPC load, whose latencies Iter8 named `grpc/latency/p95` and 0.8
 * `built-in/grpc-latency/p95`, those of HTTP `built-in/http-latency-p95`; `http-<endpoint>/…` and `grpc-<endpoint>/…` are loads of one endpoint. `service-time-mean` and
 * `service-time-p95` are those of the time from when a request was sent.
 */
export function parseMetricName(name: string): MetricReference {
  const ofLoad = name.replace(/^built-in\/(grpc|http)-/, '$1/').replace(/^(grpc(?:-[^/]+)?)\/latency\//, '$1/latency-');
  const slash = ofLoad.lastIndexOf('/');
  const group = canonicalGroup(ofLoad.slice(0, Math.max(0, slash)));
  if (group === undefined) return { source: 'backend', name };
  const tail = ofLoad.slice(slash + 1);
  if (tail.startsWith(SERVICE_TIME)) return serviceTimeReference(name, group, tail.slice(SERVICE_TIME.length));
  const kind = aliasByKind.get(tail) ?? tail;
  const plain = plainKinds.find((candidate) => candidate === kind);
  if (plain !== undefined) return { source: 'load', group, kind: plain };
  const percentile = PERCENTILE.exec(kind.replace(/^latency-/, ''))?.[1];
  if (percentile === undefined) return { source: 'backend', name };
  return { source: 'load', group, kind: 'percentile', percent: Number(percentile) };
}

/** The one name of a metric, whatever alias it was given by; percentiles carry at least one decimal. */
export function canonicalMetricName(name: string): string {
  const reference = parseMetricName(name);
  if (reference.source === 'backend') return name;
  const { group, kind, of } = reference;
  if (kind === 'percentile') {
    return `${group}/${of === undefined ? '' : SERVICE_TIME}${percentileName(reference.percent)}`;
  }
  return `${group}/${of === undefined ? kind : SERVICE_TIME + kind.replace('-latency', '')}`;
}

/** The name of the mean service time within a group of metrics. */
export const SERVICE_TIME_MEAN = 'service-time-mean';

/** `service-time-p95.0` for 95. */
export function serviceTimePercentileName(percent: number): string {
  return `${SERVICE_TIME}${percentileName(percent)}`;
}

/** `p95.0` for 95, `p99.9` for 99.9, `p99.99` for 99.99. */
export function percentileName(percent: number): string {
  return `p${Number.isInteger(percent) ? percent.toFixed(1) : String(percent)}`;
}

/** The kinds of metric that every load gives, percentiles apart, sorted by name. */
export const LOAD_METRIC_KINDS: readonly LoadMetricKind[] = [...plainKinds].sort();

function serviceTimeReference(name: string, group: string, tail: string): MetricReference {
  const kind = aliasByKind.get(`latency-${tail}`);
  const plain = plainKinds.find((candidate) => candidate === kind);
  if (plain !== undefined) return { source: 'load', group, kind: plain, of: 'service-time' };
  const percentile = PERCENTILE.exec(tail)?.[1];
  if (percentile === undefined) return { source: 'backend', name };
  return { source: 'load', group, kind: 'percentile', percent: Number(percentile), of: 'service-time' };
}

function canonicalGroup(group: string): string | undefined {
  if (group === BUILT_IN_GROUP || group === 'http') return BUILT_IN_GROUP;
  if (group === GRPC_GROUP) return GRPC_GROUP;
  return /^(?:http|grpc)-./.test(group) ? group : undefined;
}
