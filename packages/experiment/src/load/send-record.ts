import type { LoadCourse, LoadPace } from './load-engine.js';

/** Remembers when the requests of one load were sent. Times are in milliseconds of one clock. */
export class SendRecord {
  readonly #pace: LoadPace;
  readonly #startMs: number;
  #sent = 0;
  #lastSentMs: number;

  constructor(pace: LoadPace, startMs: number) {
    this.#pace = pace;
    this.#startMs = startMs;
    this.#lastSentMs = startMs;
  }

  /** One request goes out now. */
  add(nowMs: number): void {
    this.#sent += 1;
    this.#lastSentMs = nowMs;
  }

  /** What the load took, when all requests have ended. */
  course(nowMs: number): LoadCourse {
    const seconds = (nowMs - this.#startMs) / 1000;
    const sendingMs = this.#lastSentMs - this.#startMs;
    // Between the first and the last request lie one interval fewer than requests.
    const isSpread = this.#pace.ratePerSecond !== null && this.#sent > 1 && sendingMs > 0;
    return { seconds, reachedRate: isSpread ? ((this.#sent - 1) * 1000) / sendingMs : this.#sent / seconds };
  }
}
