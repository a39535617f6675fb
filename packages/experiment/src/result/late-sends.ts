/** What is later than that counts as late: a timer is as exact. */
const TOLERANCE_MS = 1;

/** How many requests were late, and by how much. */
export type Lateness = { readonly count: number; readonly totalMs: number; readonly maxMs: number };

/** Which requests of a load with a rate were not sent when they were due, and why. */
export type LateSends = {
  /** No connection was free. */
  readonly waiting: Lateness;
  /** The load generator itself was late, in sending a request or in reading its answer. */
  readonly generator: Lateness;
  /** Requests that were due and never sent: no connection was free until long after the end. */
  readonly unsent: number;
};

const NONE: Lateness = { count: 0, totalMs: 0, maxMs: 0 };

/** No request was late. */
export const NO_LATE_SENDS: LateSends = { waiting: NONE, generator: NONE, unsent: 0 };

/** Counts late requests one by one. */
export class LatenessRecorder {
  #count = 0;
  #totalMs = 0;
  #maxMs = 0;

  /** Adds one request. */
  record(lateMs: number): void {
    if (lateMs <= TOLERANCE_MS) return;
    this.#count += 1;
    this.#totalMs += lateMs;
    if (lateMs > this.#maxMs) this.#maxMs = lateMs;
  }

  /** What was recorded so far. */
  lateness(): Lateness {
    return { count: this.#count, totalMs: this.#totalMs, maxMs: this.#maxMs };
  }
}

/** The late requests of both. */
export function mergeLateSends(one: LateSends, other: LateSends): LateSends {
  return {
    waiting: mergeLateness(one.waiting, other.waiting),
    generator: mergeLateness(one.generator, other.generator),
    unsent: one.unsent + other.unsent,
  };
}

function mergeLateness(one: Lateness, other: Lateness): Lateness {
  return {
    count: one.count + other.count,
    totalMs: one.totalMs + other.totalMs,
    maxMs: Math.max(one.maxMs, other.maxMs),
  };
}
