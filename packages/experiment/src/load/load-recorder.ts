import { LatenessRecorder, mergeLateSends, NO_LATE_SENDS, type LateSends } from '../result/late-sends.js';
import { LatencyRecorder, mergeLatencies, type LatencySummary } from '../result/latency-summary.js';
import { addCounts, type LatencyFrom } from '../result/load-summary.js';
import { addTimelines, TimelineRecorder, type TimelineSums } from '../result/timeline.js';
import type { RequestOutcome } from './load-engine.js';

/** Statuses that are errors, both ends included; a missing end is no bound. */
export type ErrorRange = { readonly lower?: number | undefined; readonly upper?: number | undefined };

/** How to record a load: plain data, so that it can be sent to threads. */
export type LoadReading = {
  readonly errorRanges: readonly ErrorRange[];
  readonly latencyFrom: LatencyFrom;
};

/** What a load, or a thread of it, recorded: plain data, so that threads can tell. */
export type LoadRecord = {
  readonly requests: number;
  readonly errors: number;
  readonly statusCodes: Readonly<Record<string, number>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly latency: LatencySummary;
  readonly serviceTime: LatencySummary;
  readonly latencyAtMost: LatencySummary;
  readonly lateSends: LateSends;
  readonly timeline: TimelineSums;
};

/** Records the outcomes of a load, in memory that does not grow with their number. */
export class LoadRecorder {
  readonly #isPaced: boolean;
  readonly #errorRanges: readonly ErrorRange[];
  readonly #latencyFrom: LatencyFrom;
  readonly #latency = new LatencyRecorder();
  readonly #serviceTime = new LatencyRecorder();
  readonly #latencyAtMost = new LatencyRecorder();
  readonly #waiting = new LatenessRecorder();
  readonly #generator = new LatenessRecorder();
  readonly #timeline = new TimelineRecorder();
  readonly #statusCodes = new Map<number, number>();
  readonly #failures = new Map<string, number>();
  #requests = 0;
  #errors = 0;

  constructor({ errorRanges, latencyFrom }: LoadReading, isPaced: boolean) {
    this.#errorRanges = errorRanges;
    this.#latencyFrom = latencyFrom;
    this.#isPaced = isPaced;
  }

  /** How many requests have ended. */
  get requests(): number {
    return this.#requests;
  }

  /** Adds one request that ended `elapsedMs` after the load began. */
  record(outcome: RequestOutcome, elapsedMs: number): void {
    this.#requests += 1;
    const { waitMs, lateMs } = outcome;
    if (this.#isPaced) {
      this.#waiting.record(waitMs);
      this.#generator.record(lateMs);
    }
    if (outcome.kind === 'failure') {
      this.#errors += 1;
      this.#failures.set(outcome.reason, (this.#failures.get(outcome.reason) ?? 0) + 1);
      this.#timeline.record(elapsedMs, undefined, true);
      return;
    }
    const { statusCode, serviceMs } = outcome;
    const isError = this.#isError(statusCode);
    if (isError) this.#errors += 1;
    this.#statusCodes.set(statusCode, (this.#statusCodes.get(statusCode) ?? 0) + 1);
    const latencyMs = this.#latencyFrom === 'due' ? waitMs + serviceMs : serviceMs;
    this.#latency.record(latencyMs);
    if (this.#isPaced) {
      this.#serviceTime.record(serviceMs);
      this.#latencyAtMost.record(waitMs + serviceMs + lateMs);
    }
    this.#timeline.record(elapsedMs, latencyMs, isError);
  }

  /** What was recorded so far. */
  recorded(): LoadRecord {
    return {
      requests: this.#requests,
      errors: this.#errors,
      statusCodes: Object.fromEntries(this.#statusCodes),
      failures: Object.fromEntries(this.#failures),
      latency: this.#latency.summary(),
      serviceTime: this.#serviceTime.summary(),
      latencyAtMost: this.#latencyAtMost.summary(),
      lateSends: { ...NO_LATE_SENDS, waiting: this.#waiting.lateness(), generator: this.#generator.lateness() },
      timeline: this.#timeline.sums(),
    };
  }

  #isError(statusCode: number): boolean {
    for (const { lower = 0, upper = Infinity } of this.#errorRanges) {
      if (lower <= statusCode && statusCode <= upper) return true;
    }
    return false;
  }
}

/** What two threads recorded of the same load. */
export function mergeRecords(one: LoadRecord, other: LoadRecord): LoadRecord {
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    statusCodes: addCounts(one.statusCodes, other.statusCodes),
    failures: addCounts(one.failures, other.failures),
    latency: mergeLatencies(one.latency, other.latency),
    serviceTime: mergeLatencies(one.serviceTime, other.serviceTime),
    latencyAtMost: mergeLatencies(one.latencyAtMost, other.latencyAtMost),
    lateSends: mergeLateSends(one.lateSends, other.lateSends),
    timeline: addTimelines(one.timeline, other.timeline),
  };
}
