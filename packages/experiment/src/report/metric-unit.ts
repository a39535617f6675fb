import type { Insights } from '../result/experiment-result.js';
import { canonicalMetricName, parseMetricName } from '../result/metric-name.js';

/** The unit of a metric, by any of its names: of a back end as it tells, of a load `msec` for latencies; undefined for counts and rates. */
export function metricUnit({ metricsInfo }: Insights, name: string): string | undefined {
  const known = canonicalMetricName(name);
  const units = Object.hasOwn(metricsInfo, known) ? metricsInfo[known]?.units : undefined;
  if (units !== undefined) return units;
  // A percentile of a histogram has the unit of its values.
  const [, histogram = ''] = /^(.+)\/p\d{1,3}(?:\.\d+)?$/.exec(name) ?? [];
  if (Object.hasOwn(metricsInfo, histogram)) return metricsInfo[histogram]?.units;
  const reference = parseMetricName(name);
  if (reference.source === 'backend') return undefined;
  return reference.kind === 'percentile' || reference.kind.endsWith('-latency') ? 'msec' : undefined;
}
