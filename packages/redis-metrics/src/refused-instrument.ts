import type { DropReason } from './drop-reasons.js';
import type { Counter, Gauge, Histogram } from './instruments.js';
import type { Clock } from './clock.js';

/** Stands for a series that cannot be: each recording through it is counted as dropped, for one reason. */
export class RefusedInstrument implements Counter, Gauge, Histogram {
  readonly #drop: (reason: DropReason) => void;
  readonly #reason: DropReason;
  readonly #clock: Clock;

  /** @param drop counts one recording as recorded and dropped */
  constructor(reason: DropReason, drop: (reason: DropReason) => void, clock: Clock) {
    this.#reason = reason;
    this.#drop = drop;
    this.#clock = clock;
  }

  inc(): void {
    this.#drop(this.#reason);
  }

  dec(): void {
    this.#drop(this.#reason);
  }

  set(): void {
    this.#drop(this.#reason);
  }

  observe(): void {
    this.#drop(this.#reason);
  }

  merge(): void {
    this.#drop(this.#reason);
  }

  startTimer(): () => number {
    const startedAtMs = this.#clock();
    return () => {
      this.#drop(this.#reason);
      return this.#clock() - startedAtMs;
    };
  }
}
