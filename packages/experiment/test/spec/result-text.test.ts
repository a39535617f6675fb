import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { ExperimentError } from '../../src/experiment-error.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';
import { formatResult, parseEmbeddedResult, parseResult } from '../../src/spec/result-text.js';
import { conditionFacts } from '../../src/tasks/run-experiment.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

describe('a result', () => {
  it('is read back as it was written', () => {
    const insights = assess(
      insightsOf(loadOf(evenly(200, 1.23456789, 99)), loadOf([0.1 + 0.2], { failures: { ECONNRESET: 1 }, errors: 1 })),
      [
        { metric: 'built-in/p99.9', bound: 'upper', limit: 50, confidence: 0.95 },
        { metric: 'redis/missing', bound: 'lower', limit: 1 },
      ],
      { max: ['built-in/request-count'], min: [] },
    );
    const result: ExperimentResult = {
      startTime: '2026-11-20T12:00:00.000Z',
      numLoops: 1,
      numTasks: 2,
      numCompletedTasks: 2,
      failure: false,
      tasks: [
        { name: 'http', state: 'completed' },
        { name: 'assess', state: 'completed' },
      ],
      insights,
    };
    expect(parseResult(formatResult(result), 'result.yaml')).toEqual(result);
  });

  it('keeps its buckets on one line', () => {
    const text = formatResult({
      ...{ startTime: '', numLoops: 1, numCompletedTasks: 0, failure: false, tasks: [] },
      insights: insightsOf(loadOf([0.5, 2, 2])),
    });
    expect(text).toContain('buckets: -128=1 128=2\n');
  });

  it('of an older version is read: its buckets are those of Iter8, one an item', () => {
    const text = formatResult({
      ...{ startTime: '', numLoops: 1, numCompletedTasks: 0, failure: false, tasks: [] },
      insights: insightsOf(loadOf([3.5, 4])),
    });
    const older = text
      .replace(/^ *layout: fine\n/m, '')
      .replace(/^( *)buckets: .*$/m, '$1buckets:\n$1  - index: 4\n$1    count: 2');
    expect(parseResult(older, 'result.yaml').insights?.loads[0]?.['built-in']?.latency).toMatchObject({
      layout: 'iter8',
      buckets: [{ index: 4, count: 2 }],
    });
  });

  it('with buckets that cannot be read is refused', () => {
    const text = formatResult({
      ...{ startTime: '', numLoops: 1, numCompletedTasks: 0, failure: false, tasks: [] },
      insights: insightsOf(loadOf([3.5])),
    });
    const broken = (): unknown => parseResult(text.replace(/buckets: .*/, 'buckets: 1=x'), 'result.yaml');
    expect(broken).toThrow(/buckets: expected buckets such as -44=3 -43=12, got "1=x"/);
  });

  it('that is broken is refused with its place', () => {
    const text =
      'redmeter:\n  resultFormat: 1\nstartTime: now\nnumLoops: 0\nnumCompletedTasks: 1\nfailure: "no"\ntasks: []\n';
    expect(() => parseResult(text, 'result.yaml')).toThrow(
      new ExperimentError(
        'invalid_result',
        'result.yaml:4:11: numLoops: expected a number of at least 1, got 0\nresult.yaml:6:10: failure: expected a boolean, got "no"',
      ),
    );
    expect(() => parseResult('redmeter:\n  resultFormat: 2\nfailure: false\n', 'result.yaml')).toThrow(
      new ExperimentError('invalid_result', 'result.yaml:2:17: redmeter.resultFormat: expected one of 1, got 2'),
    );
    expect(() => parseResult('hello\n', 'result.yaml')).toThrow('expected a result of redmeter or Iter8');
  });
});

describe("Iter8's results", () => {
  it('of 0.8 are read: one list of SLOs, lower-case names of fields', () => {
    const result = parseResult(
      `starttime: 2022-02-01T10:00:00Z
numcompletedtasks: 2
failure: false
insights:
  numversions: 2
  metricsinfo:
    built-in/p95: {description: 95th percentile, units: msec, type: Gauge}
    built-in/error-count: {description: errors, type: Counter}
  metricvalues:
  - {built-in/p95: [12.5, 15.6], built-in/error-count: [0]}
  - {built-in/p95: [150.25], built-in/error-count: [3]}
  slos:
  - {metric: built-in/p95, upperlimit: 100, lowerlimit: 1}
  - {metric: built-in/error-count, upperlimit: 0}
  slossatisfied: [[true, false], [true, false]]
`,
      'result.yaml',
    );
    expect(result).toMatchObject({ startTime: '2022-02-01T10:00:00Z', numCompletedTasks: 2, failure: false });
    expect(result.insights?.metricValues).toEqual([
      { 'built-in/p95.0': 15.6, 'built-in/error-count': 0 },
      { 'built-in/p95.0': 150.25, 'built-in/error-count': 3 },
    ]);
    expect(result.insights?.metricsInfo['built-in/p95.0']).toEqual({
      description: '95th percentile',
      units: 'msec',
      type: 'Gauge',
    });
    expect(result.insights?.slos).toEqual([
      { metric: 'built-in/p95', bound: 'upper', limit: 100 },
      { metric: 'built-in/p95', bound: 'lower', limit: 1 },
      { metric: 'built-in/error-count', bound: 'upper', limit: 0 },
    ]);
    const facts = conditionFacts(result.insights);
    expect([facts.areSlosSatisfied(), facts.areSlosSatisfiedBy(0), facts.areSlosSatisfiedBy(1)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each(['nonHistMetricValues', 'metricValues'])('of 0.10 and later are read: %s, camel-case names', (values) => {
    const result = parseResult(
      `startTime: "2022-08-01T10:00:00Z"
numLoops: 3
numCompletedTasks: 1
failure: true
iter8Version: v0.13
insights:
  numVersions: 1
  versionNames: [{version: v2, track: candidate}]
  ${values}:
  - {http/latency-p99.9: [20], http/request-count: [100]}
  histMetricValues:
  - http/latency: [{lower: 1, upper: 2, count: 100}]
  SLOs:
    upper: [{metric: http/latency-p99.9, limit: 25}]
    lower: [{metric: http/request-count, limit: 200}]
  SLOsSatisfied:
    upper: [[true]]
    lower: [[false]]
  rewards: {max: [shop/revenue], min: [http/latency-mean, shop/returns]}
  rewardsWinners: {max: [0], min: [-1]}
`,
      'result.yaml',
    );
    expect(result).toMatchObject({ numLoops: 3, failure: true });
    expect(result.insights).toMatchObject({
      versionNames: ['candidate (v2)'],
      metricValues: [{ 'built-in/p99.9': 20, 'built-in/request-count': 100 }],
      slos: [
        { metric: 'http/latency-p99.9', bound: 'upper', limit: 25 },
        { metric: 'http/request-count', bound: 'lower', limit: 200 },
      ],
      verdicts: [[{ state: 'satisfied', value: 20 }], [{ state: 'violated', value: 100 }]],
      rewards: [
        { metric: 'shop/revenue', direction: 'max', winner: 0 },
        { metric: 'http/latency-mean', direction: 'min', winner: null, reason: 'the result names none' },
        { metric: 'shop/returns', direction: 'min', winner: null, reason: 'the result names none' },
      ],
    });
  });

  it('are read from beside the spec in one file', () => {
    const text = 'spec:\n- run: ls\nresult:\n  numCompletedTasks: 1\n  failure: false\n';
    expect(parseEmbeddedResult(text, 'experiment.yaml')).toMatchObject({ numCompletedTasks: 1, failure: false });
    expect(parseEmbeddedResult('- run: ls\n', 'experiment.yaml')).toBeUndefined();
    const broken = 'spec:\n- run: ls\nresult:\n  redmeter: {resultFormat: 1}\n  failure: 7\n';
    expect(() => parseEmbeddedResult(broken, 'experiment.yaml')).toThrow(
      'experiment.yaml:5:12: result.failure: expected a boolean, got 7',
    );
  });
});

it("reports fields of Iter8's result that differ only in case, with their place", () => {
  const text = `failure: false
numCompletedTasks: 1
insights:
  numVersions: 1
  SLOs: {upper: [], Upper: []}
Failure: true
`;
  expect(() => parseResult(text, 'result.yaml')).toThrow(
    'result.yaml:5:21: insights.SLOs.Upper: expected a field once, got "upper" and "Upper"\n' +
      'result.yaml:6:1: Failure: expected a field once, got "failure" and "Failure"',
  );
});
