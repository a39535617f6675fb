import type { Insights } from '../result/experiment-result.js';
import { histogramCount } from '../result/histogram.js';
import type { MetricSample } from '../result/metric-sample.js';
import { GRPC_GROUP } from '../result/metric-name.js';
import type { FoundMetric } from './evidence/evidence.js';
import type { PlannedSize } from './evidence/evidence-interval.js';

/** The size at which the intervals of a metric are to be narrowest; undefined where they hold for one look only. */
export function plannedSizeOf({ looks }: Insights, version: number, metric: FoundMetric): PlannedSize {
  if (looks?.validity !== 'every look') return undefined;
  const sizes = looks.plannedSizes[version] ?? {};
  const size = metric.kind === 'load' ? (sizes[metric.reference.group] ?? sizes[GRPC_GROUP]) : sizes[metric.name];
  // What came after the first look has no plan: its intervals are right, though not narrow.
  return size ?? 1;
}

/** Adds the planned sizes of what is measured by now and had none: so many times what there is, or what a load was judged by while it ran. */
export function withPlannedSizes(
  insights: Insights,
  known: readonly Readonly<Record<string, number>>[],
  times: number,
): Readonly<Record<string, number>>[] {
  return insights.loads.map((groups, version) => ({
    ...Object.fromEntries(
      Object.entries(groups).map(([group, load]) => [
        group,
        Math.max(1, load.earlyEnd?.plannedSize ?? load.requests * times),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(insights.metricSamples?.[version] ?? {}).map(([metric, sample]) => [
        metric,
        Math.max(1, sizeOf(sample) * times),
      ]),
    ),
    ...known[version],
  }));
}

function sizeOf(sample: MetricSample): number {
  switch (sample.kind) {
    case 'mean':
      return sample.count;
    case 'ratio':
      return sample.pairs.count;
    case 'proportion':
      return sample.trials;
    case 'events':
      return sample.seconds;
    case 'histogram':
      return histogramCount(sample);
  }
}
