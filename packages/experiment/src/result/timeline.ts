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

type Interval = { requests: number; errors: number; answers: number; sumMs: number; maxMs: number };

const MAX_INTERVALS = 240;

/** Collects a timeline in bounded space: past 240 intervals neighbours are joined and the width doubles. */
export class TimelineRecorder {
  #intervalSeconds = 1;
  #intervals: Interval[] = [];

  /** Adds one request that ended `elapsedMs` after the load began; `latencyMs` is undefined when no answer came. */
  record(elapsedMs: number, latencyMs: number | undefined, isError: boolean): void {
    let index = Math.floor(Math.max(0, elapsedMs) / 1000 / this.#intervalSeconds);
    while (index >= MAX_INTERVALS) {
      this.#halve();
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
  timeline(): Timeline {
    return {
      intervalSeconds: this.#intervalSeconds,
      points: this.#intervals.map(({ requests, errors, answers, sumMs, maxMs }, index) => ({
        second: index * this.#intervalSeconds,
        requests,
        errors,
        meanMs: answers > 0 ? sumMs / answers : null,
        maxMs: answers > 0 ? maxMs : null,
      })),
    };
  }

  #halve(): void {
    this.#intervalSeconds *= 2;
    const joined: Interval[] = [];
    for (let index = 0; index < this.#intervals.length; index += 2) {
      const one = this.#intervals[index] ?? emptyInterval();
      const other = this.#intervals[index + 1] ?? emptyInterval();
      joined.push({
        requests: one.requests + other.requests,
        errors: one.errors + other.errors,
        answers: one.answers + other.answers,
        sumMs: one.sumMs + other.sumMs,
        maxMs: Math.max(one.maxMs, other.maxMs),
      });
    }
    this.#intervals = joined;
  }
}

function emptyInterval(): Interval {
  return { requests: 0, errors: 0, answers: 0, sumMs: 0, maxMs: 0 };
}
