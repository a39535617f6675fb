import { describe, expect, it } from '@jest/globals';
import { NO_LATENCIES } from '../../src/result/latency-summary.js';
import type { LateSends } from '../../src/result/late-sends.js';
import { loadMetrics } from '../../src/result/load-metrics.js';
import { mergeLoads, type LoadSummary } from '../../src/result/load-summary.js';
import { loadOf } from '../builders/insights.js';

const load = (latenciesMs: readonly number[], overrides: Partial<LoadSummary> = {}): LoadSummary =>
  loadOf(latenciesMs, { percentiles: [50, 99.9], ...overrides });

describe('the metrics of a load', () => {
  it('are named, ordered and given units as reports show them', () => {
    expect(loadMetrics(load([2, 4, 4, 4, 5, 5, 7, 9], { errors: 2 }))).toEqual([
      { name: 'error-count', value: 2 },
      { name: 'error-rate', value: 0.25 },
      { name: 'max-latency', value: 9, unit: 'msec' },
      { name: 'mean-latency', value: 5, unit: 'msec' },
      { name: 'min-latency', value: 2, unit: 'msec' },
      { name: 'p50.0', value: 4, unit: 'msec' },
      { name: 'p99.9', value: expect.closeTo(9, 2), unit: 'msec' },
      { name: 'request-count', value: 8 },
      { name: 'stddev-latency', value: 2, unit: 'msec' },
    ]);
  });

  it('leave out what nothing was observed of', () => {
    const silent = load([], { requests: 3, errors: 3, failures: { ECONNREFUSED: 3 }, latency: NO_LATENCIES });
    expect(loadMetrics(silent).map(({ name }) => name)).toEqual(['error-count', 'error-rate', 'request-count']);
    expect(loadMetrics(load([])).map(({ name }) => name)).toEqual(['error-count', 'request-count']);
  });

  it('add up over loops', () => {
    const merged = mergeLoads(
      load([1, 2], { errors: 1, statusCodes: { '200': 1, '500': 1 }, seconds: 1, reachedRate: 2 }),
      load([3, 4], {
        statusCodes: { '200': 2 },
        failures: { ECONNRESET: 1 },
        seconds: 3,
        reachedRate: 6,
        percentiles: [75],
      }),
    );
    expect(merged).toMatchObject({
      requests: 4,
      errors: 1,
      statusCodes: { '200': 3, '500': 1 },
      failures: { ECONNRESET: 1 },
      seconds: 4,
      reachedRate: 5,
      percentiles: [50, 75, 99.9],
    });
    expect(merged.latency).toMatchObject({ count: 4, meanMs: 2.5, minMs: 1, maxMs: 4 });
  });

  it('have service times of their own where latencies count from when requests were due', () => {
    const fromDue = load([10, 20], { latencyFrom: 'due', serviceTime: load([1, 3]).latency });
    const names = loadMetrics(fromDue).map(({ name }) => name);
    expect(names.slice(-5)).toEqual([
      'request-count',
      'service-time-mean',
      'service-time-p50.0',
      'service-time-p99.9',
      'stddev-latency',
    ]);
    expect(loadMetrics(fromDue)).toContainEqual({ name: 'service-time-mean', value: 2, unit: 'msec' });
  });

  it('add up with their service times and late sends', () => {
    const late = (count: number): LateSends => ({
      waiting: { count, totalMs: 10 * count, maxMs: 20 },
      generator: { count: 1, totalMs: 5, maxMs: 5 },
      unsent: 2,
    });
    const one = load([10, 20], { latencyFrom: 'due', serviceTime: load([1, 3]).latency, lateSends: late(2) });
    const other = load([30], { latencyFrom: 'due', serviceTime: load([5]).latency, lateSends: late(1) });
    const merged = mergeLoads(one, other);
    expect(merged).toMatchObject({
      latencyFrom: 'due',
      latency: { count: 3, meanMs: 20 },
      serviceTime: { count: 3, meanMs: 3 },
      lateSends: {
        waiting: { count: 3, totalMs: 30, maxMs: 20 },
        generator: { count: 2, totalMs: 10, maxMs: 5 },
        unsent: 4,
      },
    });
    expect(merged.latencyAtMost).toBeUndefined();
  });

  it('count from the send when one of those added up does, and keep what they are at most', () => {
    const fromDue = load([10, 20], { latencyFrom: 'due', serviceTime: load([1, 3]).latency });
    const merged = mergeLoads(load([2]), fromDue);
    expect(merged).toMatchObject({
      latencyFrom: 'send',
      latency: { count: 3, meanMs: 2, maxMs: 3 },
      latencyAtMost: { count: 3, maxMs: 20 },
    });
    expect('serviceTime' in merged).toBe(false);
  });
});
