import {
  addRecorded,
  NOTHING_RECORDED,
  recordedBetween,
  type Gap,
  type Recorded,
  type SeriesSnapshot,
} from '@redmeter/metric-reader';
import type { BackendMark } from './backend-mark.js';

/** What is known of the part of the run that a version is judged by. */
export type RunPart = {
  /** When its first stretch began and its last one ended, and how long what is counted lasted, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly lastedMs: number;
  /** What the application recorded in Redis meanwhile; or why that could not be read. */
  readonly recorded?: { readonly recorded: Recorded; readonly end: SeriesSnapshot } | { readonly failed: string };
};

/** A part with what happened between two marks added to it. */
export function withStretch(part: RunPart | undefined, begin: BackendMark, end: BackendMark): RunPart {
  const recorded = recordedIn(part?.recorded, begin, end);
  const startMs = part?.startMs ?? begin.timeMs;
  const lastedMs = (part?.lastedMs ?? 0) + end.timeMs - begin.timeMs;
  return {
    startMs,
    endMs: end.timeMs,
    // A query over a time range cannot leave out the gap between two ranges.
    lastedMs: recorded === undefined ? end.timeMs - startMs : lastedMs,
    ...(recorded === undefined ? {} : { recorded }),
  };
}

function recordedIn(before: RunPart['recorded'], begin: BackendMark, end: BackendMark): RunPart['recorded'] {
  if (end.read === undefined || begin.read === undefined) return undefined;
  if (end.read.kind === 'failed') return { failed: end.read.reason };
  if (before !== undefined && 'failed' in before) return before;
  const { snapshot, late } = end.read.settled;
  const gaps: Gap[] = late.map((reason) => ({ reason: `at the end ${reason}: give a longer settle` }));
  if (begin.read.kind === 'failed') gaps.push({ reason: `at the beginning ${begin.read.reason}` });
  else {
    gaps.push(
      ...begin.read.settled.late.map((reason) => ({ reason: `at the beginning ${reason}: give a longer settle` })),
    );
  }
  // Without a beginning nothing is known but which series there are.
  const start = begin.read.kind === 'failed' ? snapshot : begin.read.settled.snapshot;
  const stretch = addRecorded(recordedBetween(start, snapshot), { ...NOTHING_RECORDED, gaps });
  return { recorded: addRecorded(before?.recorded ?? NOTHING_RECORDED, stretch), end: snapshot };
}
