import type { Insights } from '../result/experiment-result.js';
import { fineBucketIndexOf } from '../result/fine-buckets.js';
import { mergeLatencies, NO_LATENCIES, type LatencySummary } from '../result/latency-summary.js';
import { latencyAtMostOf, serviceTimeOf, type LoadSummary } from '../result/load-summary.js';
import { parseMetricName } from '../result/metric-name.js';
import { metricValueOf } from '../result/metric-value.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';

/** What was never sent has no latency; this is more than any limit. */
export const NEVER_MS = 3_600_000;

type Judge = (insights: Insights, version: number, slo: Slo) => SloVerdict;

/**
 * Judges one SLO for one version, and once more with all counted by which requests were sent late: latencies leave out lateness of the load
 * generator, the wait of requests that were never sent, and, where they count from the send, every wait. A verdict that this changes
 * is inconclusive.
 */
export function judgeWithLateSends(insights: Insights, version: number, slo: Slo, judge: Judge): SloVerdict {
  const verdict = judge(insights, version, slo);
  if (verdict.state === 'inconclusive') return verdict;
  const reference = parseMetricName(slo.metric);
  if (reference.source === 'backend' || !insights.loads.some((groups) => Object.values(groups).some(hasLateSends))) {
    return verdict;
  }
  const counted = { ...insights, loads: insights.loads.map(withLateSendsCounted) };
  if (judge(counted, version, slo).state === verdict.state) return verdict;
  const metric = metricValueOf(insights, version, slo.metric);
  const reason = metric.kind === 'load' ? reasonOf(metric.load) : 'requests were sent late';
  return { ...verdict, state: 'inconclusive', reason };
}

function hasLateSends({ latencyAtMost, lateSends }: LoadSummary): boolean {
  return latencyAtMost !== undefined || (lateSends?.unsent ?? 0) > 0;
}

function withLateSendsCounted(groups: Readonly<Record<string, LoadSummary>>): Record<string, LoadSummary> {
  return Object.fromEntries(
    Object.entries(groups).map(([group, load]) => {
      const latency = mergeLatencies(latencyAtMostOf(load), never(load.lateSends?.unsent ?? 0));
      return [group, { ...load, latency, serviceTime: serviceTimeOf(load) }];
    }),
  );
}

function never(requests: number): LatencySummary {
  if (requests === 0) return NO_LATENCIES;
  return {
    count: requests,
    meanMs: NEVER_MS,
    squaredDeviationsMs2: 0,
    minMs: NEVER_MS,
    maxMs: NEVER_MS,
    layout: 'fine',
    buckets: [{ index: fineBucketIndexOf(NEVER_MS), count: requests }],
  };
}

function reasonOf({ latencyFrom, lateSends }: LoadSummary): string {
  const { waiting, generator, unsent } = lateSends ?? { waiting: { count: 0 }, generator: { count: 0 }, unsent: 0 };
  const causes = [
    ...(unsent > 0 ? [`${unsent} requests were due and never sent`] : []),
    ...(latencyFrom === 'send' && waiting.count > 0
      ? [`${waiting.count} requests were sent late, and latencies counted from the send do not include that wait`]
      : []),
    ...(generator.count > 0 ? [`${generator.count} requests were late because of the load generator itself`] : []),
  ];
  return `late sends could change it: ${causes.join(', ')}`;
}
