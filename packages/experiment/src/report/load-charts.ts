import { versionLabel, type Insights } from '../result/experiment-result.js';
import { latencyPercentileMs } from '../result/latency-percentile.js';
import { bucketsOf, inIter8Layout } from '../result/latency-summary.js';
import type { LoadSummary } from '../result/load-summary.js';
import { drawChart, type Chart, type ChartSeries } from './chart.js';
import { formatNumber } from './value-text.js';

const CURVE_PERCENTS = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];

/** The charts of one group of loads, all versions in each: histograms, percentile curve, latency and errors over time. Nothing where nothing answered. */
export function loadCharts(insights: Insights, group: string): string[] {
  const loads = insights.loads.flatMap((groups, version) => {
    const load = groups[group];
    return load === undefined ? [] : [{ label: versionLabel(insights, version), load }];
  });
  const answered = loads.filter(({ load }) => load.latency.count > 0);
  const charts: Chart[] = [];
  if (answered.length > 0) {
    charts.push(histogramChart(answered), percentileChart(answered), latencyOverTime(answered));
  }
  if (loads.some(({ load }) => load.errors > 0)) charts.push(errorsOverTime(loads));
  return charts.filter(({ series }) => series.some(({ points }) => points.some(({ y }) => y !== null))).map(drawChart);
}

type LabelledLoad = { readonly label: string; readonly load: LoadSummary };

// Latencies spread over decades: their axis is logarithmic, and a step's height is a share per bucket, not a density.
function histogramChart(loads: readonly LabelledLoad[]): Chart {
  const scale = (ms: number): number => Math.log10(Math.max(0.01, ms));
  const series = loads.map(({ label, load }): ChartSeries => {
    // Few enough to see a shape in.
    const buckets = bucketsOf(inIter8Layout(load.latency));
    const points = buckets.flatMap((bucket, index) => {
      const share = (100 * bucket.count) / load.latency.count;
      const gap = index > 0 && (buckets[index - 1]?.upperMs ?? 0) < bucket.lowerMs;
      return [
        ...(gap ? [{ x: scale(buckets[index - 1]?.upperMs ?? 0), y: 0 }] : []),
        ...(index === 0 ? [{ x: scale(bucket.lowerMs), y: 0 }] : []),
        { x: scale(bucket.lowerMs), y: share },
        { x: scale(bucket.upperMs), y: share },
      ];
    });
    return { label, points: [...points, { x: points.at(-1)?.x ?? 0, y: 0 }], isStepped: true };
  });
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const ticks = [
    0.01,
    0.02,
    0.05,
    ...[0.1, 1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [power, 2 * power, 5 * power]),
  ];
  return {
    title: 'Distribution of latency',
    xLabel: 'latency (ms, logarithmic)',
    yLabel: 'answers (%)',
    series,
    xTicks: ticks
      .filter((ms) => scale(ms) >= Math.min(...xs) && scale(ms) <= Math.max(...xs))
      .map((ms) => ({ x: scale(ms), text: formatNumber(ms) })),
  };
}

// Equal steps of "nines", so that the tail is as wide as the middle.
function percentileChart(loads: readonly LabelledLoad[]): Chart {
  const greatest = Math.max(...loads.map(({ load }) => load.latency.count));
  // Beyond 1 - 1/n a percentile is the maximum.
  const percents = CURVE_PERCENTS.filter((percent) => percent <= 50 || 100 / (100 - percent) <= greatest);
  const scale = (percent: number): number => -Math.log10(1 - percent / 100);
  return {
    title: 'Latency by percentile',
    xLabel: 'percentile',
    yLabel: 'latency (ms)',
    series: loads.map(({ label, load }) => ({
      label,
      points: percents.map((percent) => ({ x: scale(percent), y: latencyPercentileMs(load.latency, percent) ?? null })),
    })),
    xTicks: percents
      .filter((percent) => ![10, 25, 75, 99.5, 99.95].includes(percent))
      .map((percent) => ({ x: scale(percent), text: String(percent) })),
  };
}

function latencyOverTime(loads: readonly LabelledLoad[]): Chart {
  return {
    title: 'Mean latency during the run',
    xLabel: 'seconds since the load began',
    yLabel: 'latency (ms)',
    series: loads.map(({ label, load }) => ({
      label,
      points: load.timeline.points.map(({ second, meanMs }) => ({ x: second, y: meanMs })),
    })),
  };
}

function errorsOverTime(loads: readonly LabelledLoad[]): Chart {
  return {
    title: 'Errors during the run',
    xLabel: 'seconds since the load began',
    yLabel: 'errors',
    series: loads.map(({ label, load }) => ({
      label,
      points: load.timeline.points.map(({ second, errors }) => ({ x: second, y: errors })),
      isStepped: true,
    })),
  };
}
