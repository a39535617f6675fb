import { NO_LATE_SENDS, mergeLateSends, type LateSends } from './late-sends.js';
import { mergeLatencies, type LatencySummary } from './latency-summary.js';
import type { Timeline } from './timeline.js';

/** From when latencies count: from when a request was due, or from when it was sent. */
export type LatencyFrom = 'due' | 'send';

/** What one load (one version, one endpoint) did; counts and latencies add up over loops. */
export type LoadSummary = {
  readonly requests: number;
  readonly errors: number;
  /** Answers by HTTP status or gRPC code. */
  readonly statusCodes: Readonly<Record<string, number>>;
  /** Requests that got no answer, by reason; each is an error too. */
  readonly failures: Readonly<Record<string, number>>;
  readonly latencyFrom: LatencyFrom;
  readonly latency: LatencySummary;
  /** From when a request was sent; missing where `latency` is that. */
  readonly serviceTime?: LatencySummary;
  /** What latencies are at most, when all by which requests were sent late counts; missing where that makes no difference. */
  readonly latencyAtMost?: LatencySummary;
  /** Missing without a rate, and in results of older versions. */
  readonly lateSends?: LateSends;
  /** How long the load lasted, warm-up left out. */
  readonly seconds: number;
  /** Requested rate per second; null: as fast as possible. */
  readonly requestedRate: number | null;
  /** Requests per second that were reached. */
  readonly reachedRate: number;
  /** The percentiles to report, in percent, ascending. */
  readonly percentiles: readonly number[];
  /** The course of the latest loop. */
  readonly timeline: Timeline;
  /** Missing of a load that never ends before its limit. */
  readonly earlyEnd?: EarlyEnd;
};

/** What is known of a load that ends as soon as its verdicts are certain. */
export type EarlyEnd = {
  /** The number of requests, over all loops, at which its intervals are narrowest. Fixed before anything was judged. */
  readonly plannedSize: number;
  /** Why it ended before its limit; missing where it did not. */
  readonly reason?: string;
};

/** How long the server took, from when a request was sent. */
export function serviceTimeOf({ serviceTime, latency }: LoadSummary): LatencySummary {
  return serviceTime ?? latency;
}

/**
 * One load after another of the same version: counts, latencies and seconds add up, the later one gives rate asked for and timeline. Where
 * latencies of one count from the send, all do.
 */
export function mergeLoads(earlier: LoadSummary, later: LoadSummary): LoadSummary {
  const seconds = earlier.seconds + later.seconds;
  const areBothFromDue = earlier.latencyFrom === 'due' && later.latencyFrom === 'due';
  const serviceTime = mergeLatencies(serviceTimeOf(earlier), serviceTimeOf(later));
  const hasAtMost = [earlier, later].some(
    (load) => load.latencyAtMost !== undefined || (load.latencyFrom === 'due' && !areBothFromDue),
  );
  const lateSends = [earlier, later].flatMap((load) => load.lateSends ?? []);
  return {
    requests: earlier.requests + later.requests,
    errors: earlier.errors + later.errors,
    statusCodes: addCounts(earlier.statusCodes, later.statusCodes),
    failures: addCounts(earlier.failures, later.failures),
    latencyFrom: areBothFromDue ? 'due' : 'send',
    latency: areBothFromDue ? mergeLatencies(earlier.latency, later.latency) : serviceTime,
    ...(areBothFromDue ? { serviceTime } : {}),
    ...(hasAtMost ? { latencyAtMost: mergeLatencies(latencyAtMostOf(earlier), latencyAtMostOf(later)) } : {}),
    ...(lateSends.length === 0 ? {} : { lateSends: lateSends.reduce(mergeLateSends, NO_LATE_SENDS) }),
    seconds,
    requestedRate: later.requestedRate,
    reachedRate:
      seconds > 0 ? (earlier.reachedRate * earlier.seconds + later.reachedRate * later.seconds) / seconds : 0,
    percentiles: [...new Set([...earlier.percentiles, ...later.percentiles])].sort((a, b) => a - b),
    timeline: later.timeline,
    ...mergedEarlyEnd(earlier.earlyEnd, later.earlyEnd),
  };
}

// What was planned first counts; how it ended is that of the later load.
function mergedEarlyEnd(earlier?: EarlyEnd, later?: EarlyEnd): Pick<LoadSummary, 'earlyEnd'> {
  const plannedSize = earlier?.plannedSize ?? later?.plannedSize;
  if (plannedSize === undefined) return {};
  return { earlyEnd: { plannedSize, ...(later?.reason === undefined ? {} : { reason: later.reason }) } };
}

/** What latencies are at most, when all by which requests were sent late counts. */
export function latencyAtMostOf({ latencyAtMost, latency }: LoadSummary): LatencySummary {
  return latencyAtMost ?? latency;
}

/** The sums of counts by key. */
export function addCounts(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const total: Record<string, number> = { ...one };
  for (const [key, count] of Object.entries(other)) total[key] = (total[key] ?? 0) + count;
  return total;
}
