import type { Counter, Gauge, Histogram } from '../series/instruments.js';
import type { Clock } from '../../time/clock.js';

/** Stands for a series that cannot be: each recording through it is counted as dropped, for one reason. */
export class RefusedInstrument implements Counter, Gauge, Histogram {
  readonly #drop: () => void;
  readonly #clock: Clock;

  /** @param drop counts one recording as recorded and dropped */
  constructor(drop: () => void, clock: Clock) {
    this.#drop = drop;
    this.#clock = clock;
  }

  inc(): void {
    this.#drop();
  }

  dec(): void {
    this.#drop();
  }

  set(): void {
    this.#drop();
  }

  touch(): void {
    // No recording.
  }

  observe(): void {
    this.#drop();
  }

  merge(): void {
    this.#drop();
  }

  startTimer(): () => number {
    const startedAtMs = this.#clock();
    return () => {
      this.#drop();
      return this.#clock() - startedAtMs;
    };
  }
}
