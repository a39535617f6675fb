import type { Insights } from '../result/experiment-result.js';
import { metricValueOf, type MetricValue } from '../result/metric-value.js';
import type { SloVerdict, VerdictInterval } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';
import { metricInterval, sampleInterval, type MetricInterval } from './metric-interval.js';

/** Judges one SLO for one version: by the point estimate, or by the interval where the SLO names a confidence. A missing metric never satisfies. */
export function judgeSlo(insights: Insights, version: number, slo: Slo): SloVerdict {
  const metric = metricValueOf(insights, version, slo.metric);
  if (metric.kind === 'missing') return { state: 'inconclusive', reason: `no value: ${metric.reason}` };
  const { value } = metric;
  if (slo.confidence === undefined) return withWarning(judgeValue(value, slo), metric);
  const found =
    metric.kind === 'load'
      ? metricInterval(metric.load, metric.reference, slo.confidence)
      : sampleInterval(metric.sample, slo.confidence);
  return judgeInterval(value, found, slo, slo.confidence);
}

/** Whether a version satisfies all SLOs. */
export function satisfiesAll(insights: Insights, version: number): boolean {
  return insights.verdicts.every((byVersion) => byVersion[version]?.state === 'satisfied');
}

function judgeValue(value: number, slo: Slo): SloVerdict {
  const isWithin = slo.bound === 'upper' ? value <= slo.limit : value >= slo.limit;
  return { state: isWithin ? 'satisfied' : 'violated', value };
}

function judgeInterval(value: number, found: MetricInterval, slo: Slo, level: number): SloVerdict {
  if (found.kind === 'exact') return judgeValue(value, slo);
  if (found.kind === 'none') return { state: 'inconclusive', value, reason: found.reason };
  const { low, high } = found.interval;
  const interval: VerdictInterval = {
    low,
    ...(Number.isFinite(high) ? { high } : {}),
    level,
    method: found.method,
  };
  const isWithin = slo.bound === 'upper' ? high <= slo.limit : low >= slo.limit;
  const isOutside = slo.bound === 'upper' ? low > slo.limit : high < slo.limit;
  if (isWithin) return { state: 'satisfied', value, interval };
  if (isOutside) return { state: 'violated', value, interval };
  return { state: 'inconclusive', value, interval, reason: found.note ?? 'the limit lies within the interval' };
}

// Fewer observations than 1/(1-p) hold no value beyond the percentile: the estimate is the maximum in disguise.
function withWarning(verdict: SloVerdict, metric: MetricValue): SloVerdict {
  if (metric.kind !== 'load' || metric.reference.kind !== 'percentile') return verdict;
  const { percent } = metric.reference;
  const { count } = metric.load.latency;
  // 1/(1-0.95) is 20.000000000000018 in floating point.
  const needed = percent >= 100 ? 0 : Math.ceil(Number((100 / (100 - percent)).toPrecision(12)));
  if (count >= needed) return verdict;
  return { ...verdict, warning: `rests on ${count} answers; this percentile needs at least ${needed}` };
}
