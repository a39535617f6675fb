import { fineBucketIndexOf, fineEdgeMs } from '../../result/fine-buckets.js';
import { latencyPercentileMs } from '../../result/latency-percentile.js';
import { bucketsOf, inIter8Layout, type LatencySummary } from '../../result/latency-summary.js';
import { formatNumber } from '../value-text.js';
import type { Chart, ChartTick } from './chart.js';
import { histogramSeries, type HistogramLine } from './histogram-series.js';

/** Latencies of one version to draw: from when requests were due, from the send, or a server's own. */
export type LatencyLine = { readonly label: string; readonly version: number; readonly latency: LatencySummary };

const MAX_BUCKETS = 100;

// Each a tenth of what is left: 0, 10, … 90, 91, … 99, 99.1, … 99.9, 99.91, … 99.99; and the usual ones between.
const CURVE_PERCENTS = [
  ...[0, 1, 2, 3].flatMap((nines) => Array.from({ length: 9 }, (_, tenth) => 100 - (10 - tenth) * 10 ** (1 - nines))),
  ...[25, 75, 95, 97.5, 99.5, 99.95, 99.99],
];
const PERCENT_TICKS = [99.99, 0, 90, 99, 99.9, 50, 95, 99.5, 99.95, 75, 25];

/** How latencies are spread, on a logarithmic axis. */
export function distributionChart(lines: readonly LatencyLine[]): Chart {
  const log = (ms: number): number => Number(Math.log10(Math.max(0.001, ms)).toFixed(6));
  const series = histogramSeries(
    withBuckets(lines).map(({ label, version, buckets }) => ({
      label,
      version,
      buckets: buckets
        .map(({ lower, upper, count }) => ({ lower: log(lower), upper: log(upper), count }))
        .filter(({ lower, upper }) => upper > lower),
    })),
  );
  const edges = series[0]?.points.map(({ x }) => x) ?? [];
  const inMs = (x: number): string => formatNumber(Number((10 ** x).toPrecision(3)));
  return {
    title: 'Distribution of latency',
    kind: 'steps',
    xLabel: 'latency (ms, logarithmic)',
    yLabel: 'answers (% in each bucket)',
    series,
    xText: (x) => `${inMs(x)} to ${inMs(edges[edges.indexOf(x) + 1] ?? x)} ms`,
    xTicks: logarithmicTicks(),
  };
}

/** Latency by percentile up to 99.99, on the axis of HdrHistogram's plots: equal steps of nines, so that the tail is as wide as the middle. */
export function percentileChart(lines: readonly LatencyLine[]): Chart {
  const scale = (percent: number): number => Number((-Math.log10(1 - percent / 100)).toFixed(6));
  const percents = [...new Set(CURVE_PERCENTS.map((percent) => Number(percent.toFixed(2))))].sort((a, b) => a - b);
  const percentOf = new Map(percents.map((percent) => [scale(percent), percent]));
  const counts = lines.map(({ latency }) => latency.count);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const reach = Number((100 - 100 / fewest).toPrecision(4));
  return {
    title: 'Latency by percentile',
    kind: 'line',
    xLabel: 'percentile (%)',
    yLabel: 'latency (ms)',
    series: lines.map(({ label, version, latency }) => ({
      label,
      version,
      points: percents.map((percent) => {
        const y = latencyPercentileMs(latency, percent) ?? null;
        return { x: scale(percent), y, text: y === null ? '' : `${y.toFixed(2)} ms` };
      }),
    })),
    xText: (x) => `${percentOf.get(x) ?? 0} %`,
    xTicks: PERCENT_TICKS.map((percent) => ({ x: scale(percent), text: String(percent) })),
    xRange: [0, scale(99.99)],
    ...(reach >= 99.99
      ? {}
      : {
          note: `Beyond ${reach} % a curve only shows its slowest answers: there are ${fewest.toLocaleString('en-US')}${most > fewest ? ' or more' : ''} in all.`,
        }),
  };
}

/** Buckets of equal width on the axis, few enough to see a shape in; those of Iter8 where a result of an older version has no finer ones. */
function withBuckets(lines: readonly LatencyLine[]): HistogramLine[] {
  if (lines.some(({ latency }) => latency.layout === 'iter8'))
    return lines.map((line) => ({ ...line, buckets: inMs(bucketsOf(inIter8Layout(line.latency))) }));
  const lowest = Math.min(...lines.map(({ latency }) => fineBucketIndexOf(latency.minMs)));
  const highest = Math.max(...lines.map(({ latency }) => fineBucketIndexOf(latency.maxMs)));
  let joined = 1;
  while ((highest - lowest) / joined >= MAX_BUCKETS) joined *= 2;
  return lines.map((line) => ({ ...line, buckets: joinedBuckets(line.latency, joined) }));
}

function inMs(buckets: ReturnType<typeof bucketsOf>): HistogramLine['buckets'] {
  return buckets.map(({ lowerMs, upperMs, count }) => ({ lower: lowerMs, upper: upperMs, count }));
}

function joinedBuckets({ buckets }: LatencySummary, joined: number): HistogramLine['buckets'] {
  const counts = new Map<number, number>();
  for (const { index, count } of buckets) {
    const group = Math.ceil(index / joined);
    counts.set(group, (counts.get(group) ?? 0) + count);
  }
  return [...counts].map(([group, count]) => ({
    lower: fineEdgeMs((group - 1) * joined),
    upper: fineEdgeMs(group * joined),
    count,
  }));
}

function logarithmicTicks(): ChartTick[] {
  const decades = [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7];
  return [1, 3, 2, 5, 4, 7, 1.5, 2.5].flatMap((factor) =>
    decades.map((decade) => {
      const ms = factor * 10 ** decade;
      return { x: Math.log10(ms), text: String(Number(ms.toPrecision(2))) };
    }),
  );
}
