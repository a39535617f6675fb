import { latencyPercentileMs } from './latency-percentile.js';
import type { Insights } from './experiment-result.js';
import { loadMetric } from './load-metrics.js';
import { serviceTimeOf, type LoadSummary } from './load-summary.js';
import { histogramPercentile } from './histogram.js';
import type { MetricSample } from './metric-sample.js';
import {
  BUILT_IN_GROUP,
  canonicalMetricName,
  GRPC_GROUP,
  parseMetricName,
  type MetricReference,
} from './metric-name.js';

/** A metric of one version: its value, and of a load the observations behind it; of a back end the observations that it reports; or why there is none. */
export type MetricValue =
  | { readonly kind: 'load'; readonly value: number; readonly load: LoadSummary; readonly reference: LoadReference }
  | {
      readonly kind: 'backend';
      readonly value: number;
      readonly name: string;
      readonly sample?: MetricSample;
      /** Which percentile of a histogram it is. */
      readonly percent?: number;
    }
  | { readonly kind: 'missing'; readonly reason: string };

/** A reference to a metric of a load. */
export type LoadReference = Extract<MetricReference, { source: 'load' }>;

/** Looks a metric up by any of its names; by the one that a back end gave it under first, lest it is an alias of a load's. */
export function metricValueOf(insights: Insights, version: number, name: string): MetricValue {
  const values = insights.metricValues[version] ?? {};
  const ofHistogram = histogramMetric(insights, version, name);
  if (ofHistogram !== undefined) return ofHistogram;
  for (const given of [name, canonicalMetricName(name)]) {
    // A metric may be called as what every object has.
    const value = Object.hasOwn(values, given) ? values[given] : undefined;
    if (value === undefined) continue;
    const sample = insights.metricSamples?.[version]?.[given];
    return { kind: 'backend', value, name: given, ...(sample === undefined ? {} : { sample }) };
  }
  const skipped = insights.skippedMetrics.find(({ metric, version: of }) => metric === name && of === version);
  if (skipped !== undefined) return { kind: 'missing', reason: skipped.reason };
  const reference = parseMetricName(name);
  if (reference.source === 'backend') return { kind: 'missing', reason: 'no task collected it' };
  const groups = insights.loads[version];
  // A spec that loads over gRPC alone may speak of its metrics as the built-in ones.
  const loaded = groups?.[reference.group] ?? (reference.group === BUILT_IN_GROUP ? groups?.[GRPC_GROUP] : undefined);
  if (loaded === undefined) return { kind: 'missing', reason: `no load of ${reference.group} ran for this version` };
  const load = reference.of === 'service-time' ? { ...loaded, latency: serviceTimeOf(loaded) } : loaded;
  const value =
    reference.kind === 'percentile'
      ? latencyPercentileMs(load.latency, reference.percent)
      : loadMetric(load, reference.kind);
  if (value === undefined) {
    return { kind: 'missing', reason: load.requests === 0 ? 'no request was sent' : 'no request got a response' };
  }
  return { kind: 'load', value, load, reference };
}

// `redis/latency/p95` is the 95th percentile of the histogram `redis/latency`.
function histogramMetric(insights: Insights, version: number, name: string): MetricValue | undefined {
  const [, metric = '', digits] = /^(.+)\/p(\d{1,3}(?:\.\d+)?)$/.exec(name) ?? [];
  const sample = insights.metricSamples?.[version]?.[metric];
  if (digits === undefined || sample?.kind !== 'histogram') return undefined;
  const percent = Number(digits);
  const value = histogramPercentile(sample, percent);
  if (value === undefined) return { kind: 'missing', reason: 'its histogram is empty' };
  return { kind: 'backend', value, name: metric, sample, percent };
}
