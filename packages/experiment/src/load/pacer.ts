import type { LoadLimit } from './load-engine.js';

/** Says when each request of a load may be sent: evenly at the rate asked for, up to the limit. Times are in milliseconds of one clock. */
export class Pacer {
  readonly #startMs: number;
  readonly #intervalMs: number;
  readonly #limit: LoadLimit;
  #taken = 0;
  #isStopped = false;

  constructor(ratePerSecond: number | null, limit: LoadLimit, startMs: number) {
    this.#startMs = startMs;
    this.#intervalMs = ratePerSecond === null ? 0 : 1000 / ratePerSecond;
    this.#limit = limit;
  }

  /**
   * Takes the next slot: how long to wait for it, 0 when its time has come; undefined when there is none left.
   * Slots stand at fixed times, so that a late timer or answer delays none of those that follow.
   */
  take(nowMs: number): number | undefined {
    if (this.#isStopped) return undefined;
    const slotMs = this.#startMs + this.#taken * this.#intervalMs;
    if (this.#limit.kind === 'requests') {
      if (this.#taken >= this.#limit.count) return undefined;
    } else if (Math.max(slotMs, nowMs) - this.#startMs >= this.#limit.durationMs) {
      return undefined;
    }
    this.#taken += 1;
    return Math.max(0, slotMs - nowMs);
  }

  /** From now on there is no slot left. */
  stop(): void {
    this.#isStopped = true;
  }
}
