import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { textReport } from '../../src/report/text-report.js';
import { emptyInsights, type ExperimentResult } from '../../src/result/experiment-result.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const completed: ExperimentResult = {
  startTime: '2026-11-20T12:00:00.000Z',
  numLoops: 1,
  numTasks: 2,
  numCompletedTasks: 2,
  failure: false,
  tasks: [],
};
const noRewards = { max: [], min: [] };
const slos = [
  { metric: 'built-in/error-rate', bound: 'upper', limit: 0 },
  { metric: 'built-in/p95.0', bound: 'upper', limit: 100 },
] as const;

describe('the text report', () => {
  it('is that of the documents: sections, aligned columns, units', () => {
    // The numbers of the sample report, as a back end would give them.
    const insights = {
      ...emptyInsights(1),
      metricValues: [
        {
          'built-in/error-count': 0,
          'built-in/error-rate': 0,
          'built-in/max-latency': 201.75,
          'built-in/mean-latency': 17.02,
          'built-in/min-latency': 3.8,
          'built-in/p95.0': 15.6,
          'built-in/request-count': 100,
        },
      ],
      metricsInfo: Object.fromEntries(
        ['max-latency', 'mean-latency', 'min-latency', 'p95.0'].map((name) => [`built-in/${name}`, { units: 'msec' }]),
      ),
    };
    expect(textReport({ ...completed, insights: assess(insights, slos, noRewards) })).toBe(
      `
-----------------------------|-----
           Experiment summary|
-----------------------------|-----
         Experiment completed|true
-----------------------------|-----
            Experiment failed|false
-----------------------------|-----
    Number of completed tasks|2
-----------------------------|-----



-----------------------------|-----
                         SLOs|
-----------------------------|-----
     built-in/error-rate <= 0|true
-----------------------------|-----
        built-in/p95.0 <= 100|true
-----------------------------|-----



-----------------------------|-------------
                      Metrics|
-----------------------------|-------------
         built-in/error-count|0
-----------------------------|-------------
          built-in/error-rate|0
-----------------------------|-------------
         built-in/max-latency|201.75 (msec)
-----------------------------|-------------
        built-in/mean-latency|17.02 (msec)
-----------------------------|-------------
         built-in/min-latency|3.80 (msec)
-----------------------------|-------------
               built-in/p95.0|15.60 (msec)
-----------------------------|-------------
       built-in/request-count|100
-----------------------------|-------------
`.slice(1),
    );
  });

  it('shows versions side by side, with winners and comparisons', () => {
    const insights = assess(insightsOf(loadOf(evenly(100, 5, 10)), loadOf(evenly(100, 20, 30))), slos, {
      max: [],
      min: ['built-in/mean-latency'],
    });
    const text = textReport({ ...completed, insights: { ...insights, versionNames: ['stable', null] } });
    expect(text).toMatch(/SLOs\|stable *\|version 1\n/);
    expect(text).toMatch(/built-in\/mean-latency\|7\.50 \(msec\) *\|25\.00 \(msec\)\n/);
    expect(text).toMatch(
      /min built-in\/mean-latency\|stable, 95 % sure: -17\.50 \[-18\.15, -16\.85 at 95 %\] \(msec\) against version 1, p < 0\.001 \(Welch\)\n/,
    );
    expect(text).toMatch(
      /built-in\/mean-latency, version 1 to stable\|\+17\.50 \[16\.85, 18\.15 at 95 %\] \(msec\), Hedges' g 7\.53, p < 0\.001 \(Welch\)/,
    );
    expect(text).toMatch(/built-in\/latency, version 1 to stable\|slower with probability 1, p < 0\.001/);
  });

  it('shows the interval that decided, beside the verdict', () => {
    const confident = slos.map((slo) => ({ ...slo, confidence: 0.95 }));
    const loads = [loadOf(evenly(100, 5, 10)), loadOf(evenly(20, 5, 10))];
    const text = textReport({ ...completed, insights: assess(insightsOf(...loads), confident, noRewards) });
    expect(text).toMatch(
      /error-rate <= 0 \(95 % sure\)\|inconclusive \[0, 0\.036 at 95 %\] *\|inconclusive \[0, 0\.17 at/,
    );
    expect(text).toMatch(
      /<= 100 \(95 % sure\)\|true \[9\.46, 10\.00 at 95 %\] \(msec\) *\|inconclusive \[9\.21, ∞ at 95 %\]/,
    );
  });

  it('prints notes beside the tables', () => {
    const load = loadOf([5, 6, 7], {
      requests: 5,
      errors: 2,
      failures: { ECONNREFUSED: 2 },
      requestedRate: 100,
      reachedRate: 42.5,
    });
    const insights = assess(
      insightsOf(load),
      [...slos, { metric: 'prometheus/errors', bound: 'upper', limit: 1 }],
      noRewards,
    );
    const skippedMetrics = [{ metric: 'prometheus/errors', version: 0, reason: 'no answer within 10s' }];
    const text = textReport({ ...completed, insights: { ...insights, skippedMetrics } });
    expect(text).toContain(`Conclusions
- built-in/error-rate <= 0 is violated: 0.40, by the estimate alone.
- prometheus/errors <= 1 is inconclusive: no value: no task collected it.
- built-in/p95.0 <= 100 is satisfied: 7.00 msec, by the estimate alone.
`);
    expect(text.split('Notes\n')[1]).toBe(
      `- built-in/p95.0 <= 100 is based on 3 responses; this percentile needs at least 20
- built-in reached 42.50 requests/s of 100 requested
- built-in got no response to 2 requests: ECONNREFUSED
- prometheus/errors was skipped: no answer within 10s
`,
    );
  });

  it('of a run that measured nothing is its summary', () => {
    const text = textReport({
      ...completed,
      failure: true,
      failureReason: 'task 1 (run): interrupted',
      numCompletedTasks: 0,
    });
    expect(text).toMatch(/Experiment completed\|false/);
    expect(text).toContain('- The run failed: task 1 (run): interrupted\n');
    expect(text).not.toContain('Metrics');
  });

  it('lets no name forge a line or command a terminal', () => {
    const forged = 'v1\n- all is well\u001b[2J\u202e';
    const insights = assess(insightsOf(loadOf(evenly(100, 5, 10)), loadOf(evenly(100, 5, 10))), slos, noRewards);
    const skippedMetrics = [{ metric: forged, version: 1, reason: forged }];
    const named = { ...insights, versionNames: ['stable', forged], skippedMetrics };
    const text = textReport({ ...completed, failureReason: forged, failure: true, insights: named });
    expect(text).toContain('|v1\ufffd- all is well\ufffd[2J\ufffd');
    expect(text).not.toMatch(/^- all is well/m);
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });
});
