import { versionLabel, type Insights } from '../result/experiment-result.js';
import type { MetricHistogram } from '../result/metric-histogram.js';
import { drawChart, type ChartSeries } from './chart.js';
import { metricUnit } from './metric-unit.js';

/** The chart of each metric whose distribution is known without a load behind it, all versions in it, by name. */
export function metricHistogramCharts(insights: Insights): { readonly metric: string; readonly chart: string }[] {
  const { histograms = [] } = insights;
  const names = [...new Set(histograms.flatMap((ofVersion) => Object.keys(ofVersion)))].sort();
  return names.flatMap((metric) => {
    const series = histograms.flatMap((ofVersion, version): ChartSeries[] => {
      const buckets = Object.hasOwn(ofVersion, metric) ? (ofVersion[metric] ?? []) : [];
      return buckets.length === 0
        ? []
        : [{ label: versionLabel(insights, version), points: steps(buckets), isStepped: true }];
    });
    if (series.length === 0) return [];
    const unit = metricUnit(insights, metric);
    const xLabel = unit === undefined ? metric : `${metric} (${unit})`;
    return [{ metric, chart: drawChart({ title: `Distribution of ${metric}`, xLabel, yLabel: 'values (%)', series }) }];
  });
}

// A step's height is a share per bucket, not a density; between buckets there is nothing.
function steps(buckets: MetricHistogram): ChartSeries['points'] {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const points = buckets.flatMap(({ lower, upper, count }, index) => {
    const end = buckets[index - 1]?.upper;
    const share = (100 * count) / total;
    return [
      ...(end === undefined ? [{ x: lower, y: 0 }] : []),
      ...(end !== undefined && end < lower ? [{ x: end, y: 0 }] : []),
      { x: lower, y: share },
      { x: upper, y: share },
    ];
  });
  return [...points, { x: points.at(-1)?.x ?? 0, y: 0 }];
}
