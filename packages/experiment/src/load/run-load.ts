import type { LoadSummary } from '../result/load-summary.js';
import { timelineOf } from '../result/timeline.js';
import type { LoadCourse, LoadEngine, LoadPace } from './load-engine.js';
import { LoadRecorder, type LoadReading, type LoadRecord } from './load-recorder.js';
import { reachedRate } from './reached-rate.js';

/** How to read a load, and which percentiles to report. */
export type LoadReport = LoadReading & { readonly percentiles: readonly number[] };

/** Is told now and then how many requests have ended and how long it has been. */
export type LoadProgress = (requests: number, elapsedMs: number) => void;

/** Runs one load and sums it up. */
export type Load<Plan extends LoadPace> = (
  plan: Plan,
  report: LoadReport,
  onProgress: LoadProgress,
  signal: AbortSignal,
) => Promise<LoadSummary>;

const PROGRESS_INTERVAL_MS = 50;

/** Runs one load with an engine, and sums it up. */
export async function runLoad<Plan extends LoadPace>(
  engine: LoadEngine<Plan>,
  plan: Plan,
  report: LoadReport,
  onProgress: LoadProgress,
  signal: AbortSignal,
): Promise<LoadSummary> {
  const recorder = new LoadRecorder(report, plan.ratePerSecond !== null);
  let toldMs = -Infinity;
  const course = await engine(
    plan,
    (outcome, elapsedMs) => {
      recorder.record(outcome, elapsedMs);
      if (elapsedMs - toldMs < PROGRESS_INTERVAL_MS) return;
      toldMs = elapsedMs;
      onProgress(recorder.requests, elapsedMs);
    },
    signal,
  );
  onProgress(recorder.requests, course.elapsedMs);
  return summaryOf(recorder.recorded(), course, plan, report);
}

/** Sums up what a load recorded. */
export function summaryOf(
  { serviceTime, latencyAtMost, lateSends, timeline, ...record }: LoadRecord,
  course: LoadCourse,
  pace: LoadPace,
  { latencyFrom, percentiles }: LoadReport,
): LoadSummary {
  const isPaced = pace.ratePerSecond !== null;
  const { waiting, generator } = lateSends;
  const isLate = generator.count > 0 || (latencyFrom === 'send' && waiting.count > 0);
  return {
    ...record,
    latencyFrom: isPaced ? latencyFrom : 'send',
    ...(isPaced && latencyFrom === 'due' ? { serviceTime } : {}),
    ...(isPaced && isLate ? { latencyAtMost } : {}),
    ...(isPaced ? { lateSends: { ...lateSends, unsent: course.unsent } } : {}),
    seconds: course.elapsedMs / 1000,
    requestedRate: pace.ratePerSecond,
    reachedRate: reachedRate(pace, course),
    percentiles,
    timeline: timelineOf(timeline),
  };
}
