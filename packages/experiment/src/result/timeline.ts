/** What happened during one interval of a run. */
export type TimelinePoint = {
  /** Start of the interval, in seconds since the load began. */
  readonly second: number;
  readonly requests: number;
  readonly errors: number;
  /** Mean and greatest latency of the answers in milliseconds; null when none came. */
  readonly meanMs: number | null;
  readonly maxMs: number | null;
};

/** The course of one load, in intervals of equal width. */
export type Timeline = { readonly intervalSeconds: number; readonly points: readonly TimelinePoint[] };

/** What a recorder of a timeline holds: sums by interval, which those of another can be added to. */
export type TimelineSums = { readonly intervalSeconds: number; readonly intervals: readonly Readonly<Interval>[] };

type Interval = { requests: number; errors: number; answers: number; sumMs: number; maxMs: number };

const MAX_INTERVALS = 240;
// Halves of a second, so that joined ones come to whole seconds.
const FINEST_SECONDS = 2 ** -10;
const ENOUGH_SHORT_INTERVALS = 40;

/**
 * Collects a timeline in bounded space: past 240 intervals neighbours are joined and the width doubles. Intervals last a second or
 * more, shorter ones only as long as a short run is no more than 40 of them, none of which is empty.
 */
export class TimelineRecorder {
  #intervalSeconds = FINEST_SECONDS;
  #intervals: Interval[] = [];

  /** Adds one request that ended `elapsedMs` after the load began; `latencyMs` is undefined when no answer came. */
  record(elapsedMs: number, latencyMs: number | undefined, isError: boolean): void {
    let index = Math.floor(Math.max(0, elapsedMs) / 1000 / this.#intervalSeconds);
    while (index >= MAX_INTERVALS) {
      this.#intervals = joinNeighbours(this.#intervals);
      this.#intervalSeconds *= 2;
      index = Math.floor(index / 2);
    }
    while (this.#intervals.length <= index) this.#intervals.push(emptyInterval());
    const interval = this.#intervals[index] ?? emptyInterval();
    interval.requests += 1;
    if (isError) interval.errors += 1;
    if (latencyMs !== undefined) {
      interval.answers += 1;
      interval.sumMs += latencyMs;
      interval.maxMs = Math.max(interval.maxMs, latencyMs);
    }
  }

  /** What was recorded so far. */
  sums(): TimelineSums {
    return { intervalSeconds: this.#intervalSeconds, intervals: this.#intervals };
  }
}

/** What was recorded at the same time by two recorders, as if by one. */
export function addTimelines(one: TimelineSums, other: TimelineSums): TimelineSums {
  if (one.intervalSeconds < other.intervalSeconds) return addTimelines(widened(one), other);
  if (one.intervalSeconds > other.intervalSeconds) return addTimelines(one, widened(other));
  const length = Math.max(one.intervals.length, other.intervals.length);
  return {
    intervalSeconds: one.intervalSeconds,
    intervals: Array.from({ length }, (_, index) =>
      joined(one.intervals[index] ?? emptyInterval(), other.intervals[index] ?? emptyInterval()),
    ),
  };
}

/** The timeline that sums make. */
export function timelineOf({ intervalSeconds: finest, intervals: all }: TimelineSums): Timeline {
  let intervalSeconds = finest;
  let intervals = all;
  while (intervalSeconds < 1 && isTooFine(intervals)) {
    intervals = joinNeighbours(intervals);
    intervalSeconds *= 2;
  }
  return {
    intervalSeconds,
    points: intervals.map(({ requests, errors, answers, sumMs, maxMs }, index) => ({
      second: index * intervalSeconds,
      requests,
      errors,
      meanMs: answers > 0 ? sumMs / answers : null,
      maxMs: answers > 0 ? maxMs : null,
    })),
  };
}

function widened({ intervalSeconds, intervals }: TimelineSums): TimelineSums {
  return { intervalSeconds: 2 * intervalSeconds, intervals: joinNeighbours(intervals) };
}

function isTooFine(intervals: readonly Readonly<Interval>[]): boolean {
  return intervals.length > ENOUGH_SHORT_INTERVALS || intervals.some(({ requests }) => requests === 0);
}

function joinNeighbours(intervals: readonly Readonly<Interval>[]): Interval[] {
  return Array.from({ length: Math.ceil(intervals.length / 2) }, (_, index) =>
    joined(intervals[2 * index] ?? emptyInterval(), intervals[2 * index + 1] ?? emptyInterval()),
  );
}

function joined(one: Readonly<Interval>, other: Readonly<Interval>): Interval {
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    answers: one.answers + other.answers,
    sumMs: one.sumMs + other.sumMs,
    maxMs: Math.max(one.maxMs, other.maxMs),
  };
}

function emptyInterval(): Interval {
  return { requests: 0, errors: 0, answers: 0, sumMs: 0, maxMs: 0 };
}
