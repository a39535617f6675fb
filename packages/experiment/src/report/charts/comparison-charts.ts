import { versionLabel, type Insights } from '../../result/experiment-result.js';
import { describeComparison } from '../comparison-text.js';
import { metricUnit } from '../metric-unit.js';
import { unitSuffix } from '../value-text.js';
import type { Chart, ChartSeries } from './chart.js';

/** For each metric by how much the versions differ from the first: effect and interval of each, beside the line of no difference. */
export function comparisonCharts(insights: Insights): Chart[] {
  const compared = insights.comparisons.filter(
    ({ measure, interval }) => measure === 'difference' && interval !== undefined,
  );
  return [...new Set(compared.map(({ metric }) => metric))].map((metric): Chart => {
    const ofMetric = compared.filter((comparison) => comparison.metric === metric);
    const series = ofMetric.map((comparison): ChartSeries => {
      const { version, effect, interval } = comparison;
      const text = describeComparison(comparison, insights);
      const ends = { low: interval?.low, high: interval?.high };
      return {
        label: versionLabel(insights, version),
        version,
        points: [{ x: version, y: effect, text, interval: ends }],
      };
    });
    const baseline = versionLabel(insights, ofMetric[0]?.baseline ?? 0);
    const versions = ofMetric.map(({ version }) => version);
    return {
      title: metric,
      kind: 'intervals',
      xLabel: 'version',
      yLabel: `difference to ${baseline}${unitSuffix(metricUnit(insights, metric))}`,
      series,
      xText: (x) => versionLabel(insights, x),
      xTicks: versions.map((version) => ({ x: version, text: shortened(versionLabel(insights, version)) })),
      xRange: [Math.min(...versions) - 0.5, Math.max(...versions) + 0.5],
      limit: { y: 0, text: 'no difference' },
    };
  });
}

function shortened(label: string): string {
  return label.length > 16 ? `${label.slice(0, 15)}…` : label;
}
