import type { Counter, Gauge, Histogram } from '../series/instruments.js';
import type { Clock } from '../../time/clock.js';

/** Replaces a series that was refused: counts each recording as dropped, with one reason. */
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
