import type { LoadSummary } from '../result/load-summary.js';
import { timelineOf } from '../result/timeline.js';
import type { LoadCourse, LoadPace } from './load-engine.js';
import type { LoadReading, LoadRecord } from './load-recorder.js';
import { reachedRate } from './reached-rate.js';

/** How to read a load, and which percentiles to report. */
export type LoadReport = LoadReading & { readonly percentiles: readonly number[] };

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
