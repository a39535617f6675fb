import { expect, it } from '@jest/globals';
import { assess } from '../../../src/assess/assess.js';
import { lookCharts } from '../../../src/report/charts/look-charts.js';
import type { Insights } from '../../../src/result/experiment-result.js';
import type { Slo } from '../../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../../builders/insights.js';

const slos: Slo[] = [
  { metric: 'built-in/mean-latency', bound: 'upper', limit: 30, confidence: 0.95 },
  { metric: 'built-in/mean-latency', bound: 'upper', margin: { kind: 'relative', share: 0.05 }, confidence: 0.95 },
  { metric: 'built-in/request-count', bound: 'lower', limit: 150 },
];

function looked(looks: number): Insights {
  let insights = insightsOf(loadOf([]), loadOf([]));
  for (let look = 1; look <= looks; look += 1) {
    const loads = insightsOf(loadOf(evenly(100 * look, 10, 30)), loadOf(evenly(100 * look, 20, 60))).loads;
    const time = `2026-11-29T17:0${look}:12.345Z`;
    insights = assess({ ...insights, loads }, slos, { max: [], min: [] }, { isNewLook: true, plannedLooks: 5, time });
  }
  return insights;
}

it('has a chart for each SLO: the values of the result at each look, and the limit', () => {
  const insights = looked(3);
  const charts = lookCharts(insights);
  expect(charts.map(({ title, yLabel, limit }) => [title, yLabel, limit?.y])).toEqual([
    ['built-in/mean-latency <= 30 (95 % sure)', 'built-in/mean-latency (msec)', 30],
    [
      'built-in/mean-latency <= baseline + 5 % (95 % sure)',
      'change of built-in/mean-latency against the baseline (%)',
      5,
    ],
    ['built-in/request-count >= 150', 'built-in/request-count', 150],
  ]);
  const [fixed, relative, count] = charts;
  insights.looks?.history.forEach(({ verdicts }, look) => {
    const [verdict, change] = [verdicts[0]?.[1], verdicts[1]?.[1]];
    expect(fixed?.series[1]?.points[look]).toMatchObject({
      x: look + 1,
      y: verdict?.value,
      state: verdict?.state,
      interval: { low: verdict?.low, high: verdict?.high },
    });
    // Shares are drawn in percent; the baseline itself has no change to draw.
    expect(relative?.series.map(({ label }) => label)).toEqual(['version 1']);
    expect(relative?.series[0]?.points[look]?.y).toBeCloseTo(100 * (change?.change ?? NaN), 6);
  });
  expect(fixed?.series[1]?.points[2]?.text).toMatch(/^✗ violated: 40\.00 \[3\d\.\d\d, 4\d\.\d\d at 95 %\] \(msec\)$/);
  expect(fixed?.xText(3)).toBe('look 3, 2026-11-29 17:03:12 UTC');
  expect(count?.series[0]?.points.map(({ text }) => text)).toEqual([
    '✗ violated: 100',
    '✓ satisfied: 200',
    '✓ satisfied: 300',
  ]);
});

it('has none of a single look', () => {
  expect(lookCharts(looked(1))).toEqual([]);
});
