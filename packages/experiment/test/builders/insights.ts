import { emptyInsights, type Insights } from '../../src/result/experiment-result.js';
import { LatencyRecorder } from '../../src/result/latency-summary.js';
import type { LoadSummary } from '../../src/result/load-summary.js';

/** A load whose answers took these times, each an answer with status 200. */
export function loadOf(latenciesMs: readonly number[], overrides: Partial<LoadSummary> = {}): LoadSummary {
  const recorder = new LatencyRecorder();
  for (const latencyMs of latenciesMs) recorder.record(latencyMs);
  return {
    requests: latenciesMs.length,
    errors: 0,
    statusCodes: { '200': latenciesMs.length },
    failures: {},
    latencyFrom: 'send',
    latency: recorder.summary(),
    seconds: 1,
    requestedRate: 8,
    reachedRate: 8,
    percentiles: [50, 75, 90, 95, 99, 99.9],
    timeline: { intervalSeconds: 1, points: [] },
    ...overrides,
  };
}

/** Insights of one version for each load, of the group `built-in`. */
export function insightsOf(...loads: readonly LoadSummary[]): Insights {
  return { ...emptyInsights(loads.length), loads: loads.map((load) => ({ 'built-in': load })) };
}

/** So many latencies, evenly from `fromMs` to `toMs`. */
export function evenly(count: number, fromMs: number, toMs: number): number[] {
  return Array.from({ length: count }, (_, index) => fromMs + ((toMs - fromMs) * index) / Math.max(1, count - 1));
}
