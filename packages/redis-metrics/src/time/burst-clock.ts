import type { Clock } from './clock.js';

/** So many readings in a row that are less than `QUICK_MS` apart begin a burst: a loop that sets many gauges. */
const QUICK_READINGS = 16;
const QUICK_MS = 0.02;
/** A burst ends with two readings that are so far apart. */
const SLOW_MS = 1;
/** Answers of a burst that repeat one reading. */
const REPEATED = 255;

const settled = Promise.resolve();

/**
 * A clock for what is read in a loop, since one reading takes ten times as long as all else that sets a gauge. In a burst of readings it
 * repeats the last one up to 255 times, and never beyond the end of the running callback: it is as late as the loop was busy meanwhile.
 */
export class BurstClock {
  readonly #clock: Clock;
  #nowMs = Number.NEGATIVE_INFINITY;
  #quickReadings = 0;
  #repetitionsLeft = 0;
  #isEndScheduled = false;
  readonly #end = (): void => {
    this.#isEndScheduled = false;
    this.#repetitionsLeft = 0;
    this.#quickReadings = 0;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds, as of the clock that it reads. */
  now(): number {
    // So short that callers have it inlined: returned from a call, each number would be an object on the heap.
    if (this.#repetitionsLeft > 0) this.#repetitionsLeft -= 1;
    else this.#read();
    return this.#nowMs;
  }

  #read(): void {
    const nowMs = this.#clock();
    const isQuick = nowMs - this.#nowMs < (this.#isEndScheduled ? SLOW_MS : QUICK_MS);
    this.#quickReadings = isQuick ? this.#quickReadings + 1 : 0;
    this.#nowMs = nowMs;
    if (this.#quickReadings < QUICK_READINGS) return;
    this.#repetitionsLeft = REPEATED;
    if (this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    void settled.then(this.#end);
  }
}
