import { latencyPercentileMs } from './latency-percentile.js';
import { standardDeviationMs } from './latency-summary.js';
import type { LoadSummary } from './load-summary.js';
import {
  LOAD_METRIC_KINDS,
  percentileName,
  SERVICE_TIME_MEAN,
  serviceTimePercentileName,
  type LoadMetricKind,
} from './metric-name.js';

/** The value of one plain metric of a load (latencies in milliseconds); undefined when nothing was observed that it could speak of. */
export function loadMetric(load: LoadSummary, kind: LoadMetricKind): number | undefined {
  const { latency } = load;
  switch (kind) {
    case 'request-count':
      return load.requests;
    case 'error-count':
      return load.errors;
    case 'error-rate':
      return load.requests > 0 ? load.errors / load.requests : undefined;
    case 'mean-latency':
      return latency.count > 0 ? latency.meanMs : undefined;
    case 'stddev-latency':
      return latency.count > 0 ? standardDeviationMs(latency) : undefined;
    case 'min-latency':
      return latency.count > 0 ? latency.minMs : undefined;
    case 'max-latency':
      return latency.count > 0 ? latency.maxMs : undefined;
  }
}

/** A metric of a load by its name within the group (`error-rate`, `p95.0`), with its value and unit. */
export type LoadMetric = { readonly name: string; readonly value: number; readonly unit?: 'msec' };

/** Every metric of a load that has a value, plain ones and its percentiles, sorted as the report shows them. */
export function loadMetrics(load: LoadSummary): LoadMetric[] {
  const plain = LOAD_METRIC_KINDS.flatMap((kind): LoadMetric[] => {
    const value = loadMetric(load, kind);
    if (value === undefined) return [];
    return kind.endsWith('-latency') ? [{ name: kind, value, unit: 'msec' }] : [{ name: kind, value }];
  });
  const percentiles = load.percentiles.flatMap((percent): LoadMetric[] => {
    const value = latencyPercentileMs(load.latency, percent);
    return value === undefined ? [] : [{ name: percentileName(percent), value, unit: 'msec' }];
  });
  return [
    ...plain.filter(({ name }) => name < 'p'),
    ...percentiles,
    ...plain.filter(({ name }) => name > 'p' && name < 's'),
    ...serviceTimes(load),
    ...plain.filter(({ name }) => name > 's'),
  ];
}

function serviceTimes({ serviceTime, percentiles }: LoadSummary): LoadMetric[] {
  if (serviceTime === undefined || serviceTime.count === 0) return [];
  return [
    { name: SERVICE_TIME_MEAN, value: serviceTime.meanMs, unit: 'msec' },
    ...percentiles.flatMap((percent): LoadMetric[] => {
      const value = latencyPercentileMs(serviceTime, percent);
      return value === undefined ? [] : [{ name: serviceTimePercentileName(percent), value, unit: 'msec' }];
    }),
  ];
}
