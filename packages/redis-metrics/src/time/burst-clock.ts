import type { Clock } from './clock.js';

/** So many readings in a row that are less than `QUICK_MS` apart begin a burst: a loop that sets many gauges. */
const QUICK_READINGS = 16;
const QUICK_MS = 0.02;
/** Answers of a burst that repeat one reading. */
const REPEATED = 15;

const settled = Promise.resolve();

/**
 * A clock for what is read in a loop, since one reading takes ten times as long as all else that sets a gauge. In a burst it repeats each
 * reading up to 15 times: such an answer is as late as those 15 calls took. The burst ends with a reading that shows that they were slow,
 * and with the running callback, before the microtasks and ticks that are queued after it began. Those that were queued before it cannot be
 * told from the callback: the first 15 answers in them may be from before it ended.
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
    const isInBurst = this.#quickReadings >= QUICK_READINGS;
    const isQuick = nowMs - this.#nowMs < (isInBurst ? (REPEATED + 1) * QUICK_MS : QUICK_MS);
    this.#quickReadings = isQuick ? this.#quickReadings + 1 : 0;
    this.#nowMs = nowMs;
    if (this.#quickReadings < QUICK_READINGS) return;
    this.#repetitionsLeft = REPEATED;
    if (this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    // Ticks run before microtasks after a callback, and after them within one: whichever is first.
    process.nextTick(this.#end);
    void settled.then(this.#end);
  }
}
