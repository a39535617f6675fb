import { describe, expect, it } from '@jest/globals';
import type { Chart, ChartSeries } from '../../../src/report/charts/chart.js';
import { loadCharts } from '../../../src/report/charts/load-charts.js';
import { latencyPercentileMs } from '../../../src/result/latency-percentile.js';
import { inIter8Layout, LatencyRecorder } from '../../../src/result/latency-summary.js';
import type { LoadSummary } from '../../../src/result/load-summary.js';
import { evenly, insightsOf, loadOf } from '../../builders/insights.js';

function chart(title: string, ...loads: readonly LoadSummary[]): Chart {
  const found = loadCharts(insightsOf(...loads), 'built-in').find((each) => each.title === title);
  if (found === undefined) throw new Error(`expected a chart ${title}`);
  return found;
}

function textAt({ series: [first], xText }: Chart, x: string): string | undefined {
  return first?.points.find((point) => xText(point.x) === x)?.text;
}

const labels = ({ series }: Chart): string[] => series.map(({ label }) => label);
const sum = (series: ChartSeries | undefined): number =>
  (series?.points ?? []).reduce((total, { y }) => total + (y ?? 0), 0);

describe('the percentile curve', () => {
  const load = loadOf(evenly(20_000, 1, 500));

  it('goes from 0 to 99.99 in equal steps of nines', () => {
    const { series, xRange, xText, note } = chart('Latency by percentile', load);
    const xs = series[0]?.points.map(({ x }) => x) ?? [];
    expect(xText(xs[0] ?? NaN)).toBe('0 %');
    expect(xText(xs.at(-1) ?? NaN)).toBe('99.99 %');
    expect(xRange).toEqual([0, 4]);
    for (const [percent, x] of [
      ['90 %', 1],
      ['99 %', 2],
      ['99.9 %', 3],
    ] as const)
      expect(xs.map(xText).indexOf(percent)).toBe(xs.indexOf(x));
    expect(note).toBeUndefined();
  });

  it.each([50, 95, 99, 99.9, 99.99])('shows at %d %% what the result says', (percent) => {
    const expected = latencyPercentileMs(load.latency, percent) ?? NaN;
    expect(textAt(chart('Latency by percentile', load), `${percent} %`)).toBe(`${expected.toFixed(2)} ms`);
  });

  it('notes where it only shows the slowest responses', () => {
    expect(chart('Latency by percentile', loadOf(evenly(100, 1, 2))).note).toBe(
      'Beyond 99 % a curve only shows its slowest answers: there are 100 in all.',
    );
  });

  it('has the service time beside the latency from when requests were due, of each version', () => {
    const serviceTime = loadOf(evenly(100, 1, 20)).latency;
    const due = loadOf(evenly(100, 1, 500), { latencyFrom: 'due', serviceTime });
    expect(labels(chart('Latency by percentile', due))).toEqual(['from when due', 'service time']);
    const both = chart('Latency by percentile', due, due);
    expect(labels(both)).toEqual([
      ...['version 0, from when due', 'version 0, service time'],
      ...['version 1, from when due', 'version 1, service time'],
    ]);
    expect(both.series.map(({ version }) => version)).toEqual([0, 0, 1, 1]);
    expect(both.series.map(({ points }) => points.at(-1)?.text)).toEqual([
      '499.98 ms',
      '20.00 ms',
      '499.98 ms',
      '20.00 ms',
    ]);
  });
});

describe('the distribution', () => {
  it.each([
    ['narrow', loadOf(evenly(1000, 19.8, 20.3))],
    ['wide', loadOf([0.002, ...evenly(1000, 5, 50), 3_000_000])],
    ['of one answer', loadOf([7])],
    ['of a result of an older version', { ...loadOf([]), latency: inIter8Layout(loadOf(evenly(1000, 3, 90)).latency) }],
    [
      'of an older version, with an answer in no time',
      { ...loadOf([]), latency: inIter8Layout(loadOf([0, 1, 2]).latency) },
    ],
  ])('that is %s shows all answers in few buckets', (_what, load) => {
    const { series } = chart('Distribution of latency', load);
    expect(series[0]?.points.length).toBeLessThanOrEqual(102);
    expect(sum(series[0])).toBeCloseTo(100, 6);
    expect(series[0]?.points.at(-1)).toMatchObject({ y: 0, text: '' });
  });

  it('has the same buckets for all versions, with their edges in ms', () => {
    const { series, xText } = chart(
      'Distribution of latency',
      loadOf(evenly(500, 10, 20)),
      loadOf(evenly(300, 15, 80)),
    );
    expect(series[0]?.points.map(({ x }) => x)).toEqual(series[1]?.points.map(({ x }) => x));
    expect(sum(series[1])).toBeCloseTo(100, 6);
    expect(xText(series[0]?.points[0]?.x ?? NaN)).toMatch(/^9\.\d+ to 10\.?\d* ms$/);
    expect(series[0]?.points[1]?.text).toMatch(/^\d+(\.\d+)? % \(\d+\)$/);
  });
});

describe('the course of a run', () => {
  const point = (second: number, requests: number, errors: number) => ({
    second,
    requests,
    errors,
    meanMs: 5,
    maxMs: 9,
  });
  const timeline = { intervalSeconds: 2, points: [point(0, 100, 0), point(2, 100, 10), point(4, 25, 1)] };

  it('shows rates per second, of the last interval by the part of it that the load lasted', () => {
    const load = loadOf([5], { timeline, seconds: 4.5, errors: 11 });
    expect(chart('Rate during the run', load).series[0]?.points.map(({ y }) => y)).toEqual([50, 50, 50]);
    expect(chart('Errors during the run', load).series[0]?.points.map(({ text }) => text)).toEqual([
      '0/s',
      '5/s',
      '2/s',
    ]);
    expect(textAt(chart('Latency during the run', load), '2 s')).toBe('5.00 ms');
  });

  it('shows no rate for a small part of an interval', () => {
    const rates = chart('Rate during the run', loadOf([5], { timeline, seconds: 4.1 }));
    expect(rates.series[0]?.points.at(-1)?.y).toBeNull();
  });
});

it('nothing is drawn of loads without an answer, nor of names that every object has', () => {
  expect(loadCharts(insightsOf(loadOf([])), 'built-in')).toEqual([]);
  expect(loadCharts(insightsOf(loadOf([1])), 'constructor')).toEqual([]);
});

it('a million answers make no more points than a thousand', () => {
  const recorder = new LatencyRecorder();
  for (let i = 0; i < 1_000_000; i += 1) recorder.record(0.001 * 3.6e9 ** ((i % 10_000) / 10_000));
  const { series } = chart('Distribution of latency', { ...loadOf([]), latency: recorder.summary() });
  expect(series[0]?.points.length).toBeLessThanOrEqual(102);
});
