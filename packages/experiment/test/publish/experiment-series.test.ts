import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
import { gaugeSamples, outcomeOf } from '../../src/publish/experiment-series.js';
import type { ExperimentResult, Insights } from '../../src/result/experiment-result.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const times = { endedAtMs: 1_763_600_000_500, durationMs: 2500 };
const fast = loadOf(evenly(100, 1, 3));
const slow = loadOf(evenly(100, 50, 90), { errors: 10 });

const upper = (metric: string, limit: number, confidence?: number): Slo => ({
  metric,
  bound: 'upper',
  limit,
  ...(confidence === undefined ? {} : { confidence }),
});

function resultOf(insights: Insights | undefined, failure = false): ExperimentResult {
  return {
    startTime: '2026-11-20T12:00:00.000Z',
    numLoops: 1,
    numTasks: 1,
    numCompletedTasks: 1,
    failure,
    tasks: [],
    ...(insights === undefined ? {} : { insights }),
  };
}

describe('the outcome of a run', () => {
  const judged = (...slos: Slo[]): Insights => assess(insightsOf(fast), slos, { max: [], min: [] });
  it.each([
    ['satisfied', resultOf(judged(upper('built-in/p95', 10)))],
    ['violated', resultOf(judged(upper('built-in/p95', 1), upper('prometheus/none', 1)))],
    ['inconclusive', resultOf(judged(upper('built-in/p95', 10), upper('prometheus/none', 1)))],
    ['unjudged', resultOf(insightsOf(fast))],
    ['unjudged', resultOf(undefined)],
    ['failed', resultOf(judged(upper('built-in/p95', 10)), true)],
  ])('is %s', (expected, result) => {
    expect(outcomeOf(result)).toBe(expected);
  });
});

describe('the gauges of a run', () => {
  const named = { ...insightsOf(fast, slow), versionNames: ['v1', null] };
  const insights = {
    ...assess(named, [upper('built-in/p95', 60), upper('db/size', 5)], { max: [], min: ['built-in/mean-latency'] }),
    metricValues: [{ 'db/size': 4 }, {}],
  };
  const samples = gaugeSamples(resultOf(insights), times);
  const of = (gauge: string): unknown[] =>
    samples.filter((sample) => sample.gauge === gauge).map(({ labels, value }) => [...Object.values(labels), value]);

  it('contain its end and duration, also if nothing was measured', () => {
    expect(gaugeSamples(resultOf(undefined, true), times)).toEqual([
      { gauge: 'lastRun', labels: {}, value: 1_763_600_000.5 },
      { gauge: 'duration', labels: {}, value: 2.5 },
    ]);
  });

  it('contain the verdicts: of each version, and of each SLO with its value and its limit', () => {
    const [p95, size] = ['built-in/p95 <= 60', 'db/size <= 5'];
    expect(of('verdict')).toEqual([
      ['v1', 0],
      ['version 1', -1],
    ]);
    expect(of('sloVerdict')).toEqual([
      ['v1', p95, 1],
      ['version 1', p95, -1],
      ['v1', size, 0],
      ['version 1', size, 0],
    ]);
    expect(of('sloLimit')).toEqual([
      [p95, 60],
      [size, 5],
    ]);
    // What has no value has no series: 0 would be one.
    expect(of('sloValue')).toHaveLength(2);
  });

  it('contain what was measured, by loads and in back ends', () => {
    const metrics = of('metric');
    expect(metrics).toContainEqual(['v1', 'built-in/request-count', 100]);
    expect(metrics).toContainEqual(['version 1', 'built-in/error-rate', 0.1]);
    expect(metrics).toContainEqual(['v1', 'db/size', 4]);
    expect(metrics).toContainEqual(['v1', 'built-in/mean-latency', expect.closeTo(2, 9)]);
  });

  it('contain the winner and the others', () => {
    const won = { ...insights, rewards: [{ metric: 'built-in/mean-latency', direction: 'min' as const, winner: 0 }] };
    const winners = gaugeSamples(resultOf(won), times).filter(({ gauge }) => gauge === 'winner');
    expect(winners.map(({ labels, value }) => [labels.version, value])).toEqual([
      ['v1', 1],
      ['version 1', 0],
    ]);
  });
});
