import { mergeLatencies, type LatencySummary } from './latency-summary.js';
import type { Timeline } from './timeline.js';

/** What one load (one version, one endpoint) did; counts and latencies add up over loops. */
export type LoadSummary = {
  readonly requests: number;
  readonly errors: number;
  /** Answers by HTTP status or gRPC code. */
  readonly statusCodes: Readonly<Record<string, number>>;
  /** Requests that got no answer, by reason; each is an error too. */
  readonly failures: Readonly<Record<string, number>>;
  readonly latency: LatencySummary;
  /** How long the load lasted, warm-up left out. */
  readonly seconds: number;
  /** Requests per second asked for; null: as fast as it could. */
  readonly requestedRate: number | null;
  /** Requests per second that were reached. */
  readonly reachedRate: number;
  /** The percentiles to report, in percent, ascending. */
  readonly percentiles: readonly number[];
  /** The course of the latest loop. */
  readonly timeline: Timeline;
};

/** One load after another of the same version: counts, latencies and seconds add up, the later one gives rate asked for and timeline. */
export function mergeLoads(earlier: LoadSummary, later: LoadSummary): LoadSummary {
  const seconds = earlier.seconds + later.seconds;
  const requests = earlier.requests + later.requests;
  return {
    requests,
    errors: earlier.errors + later.errors,
    statusCodes: addCounts(earlier.statusCodes, later.statusCodes),
    failures: addCounts(earlier.failures, later.failures),
    latency: mergeLatencies(earlier.latency, later.latency),
    seconds,
    requestedRate: later.requestedRate,
    reachedRate:
      seconds > 0 ? (earlier.reachedRate * earlier.seconds + later.reachedRate * later.seconds) / seconds : 0,
    percentiles: [...new Set([...earlier.percentiles, ...later.percentiles])].sort((a, b) => a - b),
    timeline: later.timeline,
  };
}

function addCounts(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const total: Record<string, number> = { ...one };
  for (const [key, count] of Object.entries(other)) total[key] = (total[key] ?? 0) + count;
  return total;
}
