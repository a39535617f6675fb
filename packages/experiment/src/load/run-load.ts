import type { LoadSummary } from '../result/load-summary.js';
import type { LoadEngine, LoadPace } from './load-engine.js';
import { EarlyChecks, type LoadJudgement } from './early-checks.js';
import { LoadRecorder } from './load-recorder.js';
import { summaryOf, type LoadReport } from './summary-of.js';

/** Called now and then with the number of requests that have ended and the time since the start. */
export type LoadProgress = (requests: number, elapsedMs: number) => void;

/** Runs one load and sums it up. */
export type Load<Plan extends LoadPace> = (
  plan: Plan,
  report: LoadReport,
  onProgress: LoadProgress,
  signal: AbortSignal,
  judgement?: LoadJudgement,
) => Promise<LoadSummary>;

const PROGRESS_INTERVAL_MS = 50;

/** Runs one load with an engine, and sums it up. */
export async function runLoad<Plan extends LoadPace>(
  engine: LoadEngine<Plan>,
  plan: Plan,
  report: LoadReport,
  onProgress: LoadProgress,
  signal: AbortSignal,
  judgement?: LoadJudgement,
): Promise<LoadSummary> {
  const recorder = new LoadRecorder(report, plan.ratePerSecond !== null);
  const checks = judgement === undefined ? undefined : new EarlyChecks(plan, report, judgement);
  let toldMs = -Infinity;
  const course = await engine(
    plan,
    (outcome, elapsedMs) => {
      recorder.record(outcome, elapsedMs);
      if (checks?.isDue(recorder.requests, elapsedMs) === true) checks.check(recorder.recorded(), elapsedMs);
      if (elapsedMs - toldMs < PROGRESS_INTERVAL_MS) return;
      toldMs = elapsedMs;
      onProgress(recorder.requests, elapsedMs);
    },
    signal,
    checks?.ending,
  );
  onProgress(recorder.requests, course.elapsedMs);
  return summaryOf(recorder.recorded(), course, plan, report);
}
