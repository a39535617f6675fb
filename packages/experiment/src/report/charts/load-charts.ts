import { versionLabel, type Insights } from '../../result/experiment-result.js';
import type { LoadSummary } from '../../result/load-summary.js';
import type { TimelinePoint } from '../../result/timeline.js';
import { formatNumber } from '../value-text.js';
import type { Chart, ChartPoint, ChartSeries } from './chart.js';
import { distributionChart, percentileChart, type LatencyLine } from './latency-charts.js';

type LabelledLoad = { readonly label: string; readonly version: number; readonly load: LoadSummary };

/**
 * The charts of one group of loads, all versions in each: distribution of latency and percentile curve, with the service time beside where
 * latencies count from when requests were due; rate, latency and errors over time. Nothing where nothing answered.
 */
export function loadCharts(insights: Insights, group: string): Chart[] {
  const loads = insights.loads.flatMap((groups, version): LabelledLoad[] => {
    const load = Object.hasOwn(groups, group) ? groups[group] : undefined;
    return load === undefined ? [] : [{ label: versionLabel(insights, version), version, load }];
  });
  const lines = latencyLines(loads);
  const charts = [
    ...(lines.length > 0 ? [percentileChart(lines), distributionChart(lines)] : []),
    latencyOverTime(loads, group),
    rateOverTime(loads, group),
    ...(loads.some(({ load }) => load.errors > 0) ? [errorsOverTime(loads, group)] : []),
  ];
  return charts.filter(({ series }) => series.some(({ points }) => points.some(({ y }) => y !== null)));
}

/** Whether a load of the group tells latencies from when requests were due and service times apart. */
export function hasServiceTime(insights: Insights, group: string): boolean {
  return insights.loads.some((groups) => Object.hasOwn(groups, group) && groups[group]?.serviceTime !== undefined);
}

function latencyLines(loads: readonly LabelledLoad[]): LatencyLine[] {
  return loads.flatMap(({ label, version, load: { latency, serviceTime } }) => {
    if (latency.count === 0) return [];
    if (serviceTime === undefined) return [{ label, version, latency }];
    const name = (what: string): string => (loads.length > 1 ? `${label}, ${what}` : what);
    return [
      { label: name('from when due'), version, latency },
      { label: name('service time'), version, latency: serviceTime },
    ];
  });
}

function latencyOverTime(loads: readonly LabelledLoad[], group: string): Chart {
  const name = (label: string, what: string): string => (loads.length > 1 ? `${label}, ${what}` : what);
  const text = (ms: number | null): string => (ms === null ? 'no answer' : `${ms.toFixed(2)} ms`);
  const series = loads.flatMap(({ label, version, load }): ChartSeries[] => [
    {
      label: name(label, 'mean'),
      version,
      points: load.timeline.points.map(({ second, meanMs }) => ({ x: second, y: meanMs, text: text(meanMs) })),
    },
    {
      label: name(label, 'maximum'),
      version,
      points: load.timeline.points.map(({ second, maxMs }) => ({ x: second, y: maxMs, text: text(maxMs) })),
    },
  ]);
  return overTime({ title: 'Latency during the run', yLabel: 'latency (ms)', kind: 'line', series }, group);
}

function rateOverTime(loads: readonly LabelledLoad[], group: string): Chart {
  return overTime(
    {
      title: 'Rate during the run',
      yLabel: 'requests per second',
      kind: 'line',
      series: loads.map((load) => perSecond(load, ({ requests }) => requests)),
    },
    group,
  );
}

function errorsOverTime(loads: readonly LabelledLoad[], group: string): Chart {
  return overTime(
    {
      title: 'Errors during the run',
      yLabel: 'errors per second',
      kind: 'line',
      series: loads.map((load) => perSecond(load, ({ errors }) => errors)),
    },
    group,
  );
}

function overTime(chart: Pick<Chart, 'title' | 'yLabel' | 'kind' | 'series'>, group: string): Chart {
  return {
    ...chart,
    xLabel: 'time since the load began (s)',
    xText: (x) => `${formatNumber(x)} s`,
    group: `time ${group}`,
  };
}

function perSecond({ label, version, load }: LabelledLoad, count: (point: TimelinePoint) => number): ChartSeries {
  const { timeline, seconds } = load;
  const points = timeline.points.map((point, index): ChartPoint => {
    const isLast = index === timeline.points.length - 1;
    // The load may end within the last interval; of a small part of one no rate can be told.
    const part = isLast ? Math.min(timeline.intervalSeconds, seconds - point.second) : timeline.intervalSeconds;
    if (part < timeline.intervalSeconds / 4) return { x: point.second, y: null, text: '' };
    const rate = count(point) / part;
    return { x: point.second, y: rate, text: `${formatNumber(rate)}/s` };
  });
  return { label, version, points };
}
