import { LatencyRecorder } from '../result/latency-summary.js';
import type { LoadSummary } from '../result/load-summary.js';
import { TimelineRecorder } from '../result/timeline.js';
import type { LoadEngine, LoadPace } from './load-engine.js';
import { reachedRate } from './reached-rate.js';

/** What counts as an error, and which percentiles to report. */
export type LoadReading = {
  readonly isError: (statusCode: number) => boolean;
  readonly percentiles: readonly number[];
};

/** Runs one load and sums it up. `onRequest` is told after each request how many have ended and how long it has been. */
export async function runLoad<Plan extends LoadPace>(
  engine: LoadEngine<Plan>,
  plan: Plan,
  reading: LoadReading,
  onRequest: (requests: number, elapsedMs: number) => void,
  signal: AbortSignal,
): Promise<LoadSummary> {
  const latency = new LatencyRecorder();
  const timeline = new TimelineRecorder();
  const statusCodes = new Map<number, number>();
  const failures = new Map<string, number>();
  let requests = 0;
  let errors = 0;
  const course = await engine(
    plan,
    (outcome, elapsedMs) => {
      requests += 1;
      let isError = true;
      if (outcome.kind === 'answer') {
        isError = reading.isError(outcome.statusCode);
        statusCodes.set(outcome.statusCode, (statusCodes.get(outcome.statusCode) ?? 0) + 1);
        latency.record(outcome.serviceMs);
      } else {
        failures.set(outcome.reason, (failures.get(outcome.reason) ?? 0) + 1);
      }
      if (isError) errors += 1;
      timeline.record(elapsedMs, outcome.kind === 'answer' ? outcome.serviceMs : undefined, isError);
      onRequest(requests, elapsedMs);
    },
    signal,
  );
  return {
    requests,
    errors,
    statusCodes: Object.fromEntries(statusCodes),
    failures: Object.fromEntries(failures),
    latency: latency.summary(),
    seconds: course.elapsedMs / 1000,
    requestedRate: plan.ratePerSecond,
    reachedRate: reachedRate(plan, course),
    percentiles: reading.percentiles,
    timeline: timeline.timeline(),
  };
}
