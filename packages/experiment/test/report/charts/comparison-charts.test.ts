import { expect, it } from '@jest/globals';
import { assess } from '../../../src/assess/assess.js';
import { comparisonCharts } from '../../../src/report/charts/comparison-charts.js';
import { evenly, insightsOf, loadOf } from '../../builders/insights.js';

it('shows effect and interval of each version by each metric, beside no difference', () => {
  const loads = [loadOf(evenly(100, 5, 10)), loadOf(evenly(100, 20, 30)), loadOf(evenly(100, 6, 12), { errors: 5 })];
  const insights = {
    ...assess(insightsOf(...loads), [], { max: [], min: [] }),
    versionNames: ['stable', null, 'a name that is longer than a tick has room for'],
  };
  const charts = comparisonCharts(insights);
  expect(charts.map(({ title, yLabel, limit }) => [title, yLabel, limit?.y])).toEqual([
    ['built-in/mean-latency', 'difference to stable (msec)', 0],
    ['built-in/error-rate', 'difference to stable', 0],
  ]);
  const [means] = charts;
  const compared = insights.comparisons.filter(({ metric }) => metric === 'built-in/mean-latency');
  expect(means?.series.map(({ version, points }) => [version, points[0]?.y, points[0]?.interval])).toEqual(
    compared.map(({ version, effect, interval }) => [version, effect, { low: interval?.low, high: interval?.high }]),
  );
  expect(means?.series[0]?.points[0]?.text).toMatch(/^\+17\.50 \[16\.85, 18\.15 at 95 %\] \(msec\), Hedges' g 7\.53/);
  expect(means?.xTicks?.map(({ text }) => text)).toEqual(['version 1', 'a name that is …']);
  expect(means?.xText(2)).toBe('a name that is longer than a tick has room for');
});
