import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { differenceReport } from '../../src/report/difference-report.js';
import type { ExperimentResult, Insights } from '../../src/result/experiment-result.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

function resultOf(insights: Insights): ExperimentResult {
  const slo = { metric: 'built-in/p95', bound: 'upper', limit: 15 } as const;
  return {
    startTime: '2026-11-20T12:00:00.000Z',
    numLoops: 1,
    numTasks: 1,
    numCompletedTasks: 1,
    failure: false,
    tasks: [],
    insights: assess(insights, [slo], { max: [], min: [] }),
  };
}

describe('two results side by side', () => {
  const cost = (value: number, units: string): Partial<Insights> => ({
    metricValues: [{ 'shop/cost': value }],
    metricsInfo: { 'shop/cost': { units } },
  });
  const before = { name: 'v1', result: resultOf({ ...insightsOf(loadOf(evenly(100, 5, 15))), ...cost(4, 'EUR') }) };
  const after = { name: 'v2', result: resultOf({ ...insightsOf(loadOf(evenly(120, 10, 30))), ...cost(4.5, 'EUR') }) };
  const rows = (text: string): string[] =>
    text.split('\n').map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    );

  it('have units, and as many decimals in every cell', () => {
    expect(rows(differenceReport(before, after))).toEqual(
      expect.arrayContaining([
        'built-in/p95 <= 15, version 0|true|false|changed',
        'built-in/mean-latency, version 0|10.00 (msec)|20.00 (msec)|+10.00 (msec), +100.0 %',
        'built-in/min-latency, version 0|5.00 (msec)|10.00 (msec)|+5.00 (msec), +100.0 %',
        'built-in/request-count, version 0|100|120|+20, +20.0 %',
        'built-in/error-count, version 0|0|0|0',
        'shop/cost, version 0|4 (EUR)|4.50 (EUR)|+0.50 (EUR), +12.5 %',
      ]),
    );
  });

  it('compare nothing of different units', () => {
    const inDollars = { ...after, result: resultOf({ ...insightsOf(loadOf([5])), ...cost(4.5, 'USD') }) };
    expect(rows(differenceReport(before, inDollars))).toContain('shop/cost, version 0|4 (EUR)|4.50 (USD)|unit changed');
  });
});
