import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { htmlReport } from '../../src/report/html-report.js';
import { textReport } from '../../src/report/text-report.js';
import { withoutOverlap } from '../../src/result/metric-histogram.js';
import type { Insights } from '../../src/result/experiment-result.js';
import { formatResult, parseEmbeddedResult, parseResult } from '../../src/spec/result-text.js';

function insightsOf(text: string): Insights {
  const { insights } = parseResult(`numCompletedTasks: 1\nfailure: false\ninsights:\n${text}`, 'result.yaml');
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}

function fixture(name: string): Insights {
  const text = readFileSync(join(__dirname, '../fixtures/iter8-results', name, 'experiment.yaml'), 'utf8');
  const insights = parseEmbeddedResult(text, 'experiment.yaml')?.insights;
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}

it('reads the distribution of latency that 0.13 wrote, counts of two runs in it added up', () => {
  const { histograms } = fixture('dur-i13');
  const buckets = histograms?.[0]?.['http/latency'] ?? [];
  expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBeCloseTo(32, 9);
  expect([buckets[0]?.lower, buckets.at(-1)?.upper]).toEqual([1.7247810000000001, 6.398748]);
  buckets.forEach(({ lower, upper }, index) => {
    expect(lower).toBeGreaterThanOrEqual(buckets[index - 1]?.upper ?? 0);
    expect(upper).toBeGreaterThan(lower);
  });
});

it('takes the list of counts of 0.8 for a distribution, and for no number', () => {
  const insights = insightsOf(`  numVersions: 1
  metricsInfo:
    built-in/latency: {type: histogram, units: msec, xmin: 10, xmax: 20, numBuckets: 4}
    built-in/p95: {type: gauge, units: msec}
  metricValues:
  - built-in/latency: [1, 0, 3, 4]
    built-in/p95: [19]
`);
  expect(insights.metricValues).toEqual([{ 'built-in/p95.0': 19 }]);
  expect(insights.histograms).toEqual([
    {
      'built-in/latency': [
        { lower: 10, upper: 12.5, count: 1 },
        { lower: 15, upper: 17.5, count: 3 },
        { lower: 17.5, upper: 20, count: 4 },
      ],
    },
  ]);
  const result = { startTime: '', numLoops: 1, numCompletedTasks: 1, failure: false, tasks: [], insights };
  expect(htmlReport(result)).toContain('Distribution of built-in/latency');
  expect(parseResult(formatResult(result), 'result.yaml')).toEqual(result);
});

it('makes of a sample of gRPC latencies what Iter8 makes of it', () => {
  const insights = fixture('g-td-v0.13.18-i13');
  expect(insights.metricValues[0]).toMatchObject({
    'grpc/error-rate': 0,
    'grpc/request-count': 200,
    'grpc/min-latency': 0,
    'grpc/max-latency': 6,
    'grpc/mean-latency': 1.675,
    'grpc/p95.0': 4,
    'grpc/p97.5': 5,
  });
  expect(insights.metricValues[0]).not.toHaveProperty(['grpc/latency']);
  // What was judged has the value it was judged by.
  expect(insights.verdicts.map(([verdict]) => [verdict?.state, typeof verdict?.value])).toEqual(
    Array.from({ length: 6 }, () => ['satisfied', 'number']),
  );
});

it('shows the summaries of A/B/n metrics of 0.13, version by version', () => {
  const insights = insightsOf(`  numVersions: 2
  metricsInfo: {abn/spent: {type: Summary, description: spent}}
  SummaryMetricValues:
  - abn/spent: [4, 20, 2, 8, 120]
  - abn/spent: [0, 0, 1.7976931348623157e+308, 5e-324, 0]
`);
  expect(insights.metricValues).toEqual([
    {
      'abn/spent/count': 4,
      'abn/spent/mean': 5,
      'abn/spent/stddev': Math.sqrt(20 / 3),
      'abn/spent/min': 2,
      'abn/spent/max': 8,
    },
    { 'abn/spent/count': 0 },
  ]);
  const result = { startTime: '', numLoops: 1, numCompletedTasks: 1, failure: false, tasks: [], insights };
  expect(textReport(result)).toMatch(/abn\/spent\/mean *\|5/);
});

it('spreads buckets that overlap over such that do not, and loses no count', () => {
  expect(
    withoutOverlap([
      { lower: 0, upper: 4, count: 4 },
      { lower: 3, upper: 5, count: 2 },
      { lower: 7, upper: 8, count: 1 },
      { lower: 9, upper: 9, count: 5 },
    ]),
  ).toEqual([
    { lower: 0, upper: 3, count: 3 },
    { lower: 3, upper: 4, count: 2 },
    { lower: 4, upper: 5, count: 1 },
    { lower: 7, upper: 8, count: 1 },
  ]);
});
