import { versionLabel, type Insights } from '../../result/experiment-result.js';
import { metricUnit } from '../metric-unit.js';
import { formatNumber } from '../value-text.js';
import type { Chart } from './chart.js';
import { histogramSeries, type HistogramLine } from './histogram-series.js';

/** The chart of each metric whose distribution is known without a load behind it, all versions in it, by name. */
export function metricHistogramCharts(insights: Insights): { readonly metric: string; readonly chart: Chart }[] {
  const { histograms = [] } = insights;
  const names = [...new Set(histograms.flatMap((ofVersion) => Object.keys(ofVersion)))].sort();
  return names.flatMap((metric) => {
    const lines = histograms.flatMap((ofVersion, version): HistogramLine[] => {
      const buckets = Object.hasOwn(ofVersion, metric) ? (ofVersion[metric] ?? []) : [];
      return buckets.length === 0 ? [] : [{ label: versionLabel(insights, version), version, buckets }];
    });
    if (lines.length === 0) return [];
    const unit = metricUnit(insights, metric);
    const chart: Chart = {
      title: `Distribution of ${metric}`,
      kind: 'steps',
      xLabel: unit === undefined ? metric : `${metric} (${unit})`,
      yLabel: 'values (% in each bucket)',
      series: histogramSeries(lines),
      xText: (x) => `from ${formatNumber(x)}`,
    };
    return [{ metric, chart }];
  });
}
