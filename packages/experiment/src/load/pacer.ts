import type { LoadLimit, LoadPace } from './load-engine.js';

/** How many requests a load sends at most; undefined when only the server and the time limit them. */
export function slotsOf({ ratePerSecond, limit }: LoadPace): number | undefined {
  if (limit.kind === 'requests') return limit.count;
  return ratePerSecond === null ? undefined : Math.max(1, Math.ceil((ratePerSecond * limit.durationMs) / 1000));
}

/** Says when each request of a load may be sent: evenly at the rate asked for, up to the limit. Times are in milliseconds of one clock. */
export class Pacer {
  readonly #startMs: number;
  readonly #intervalMs: number;
  readonly #limit: LoadLimit;
  readonly #slots: number;
  #taken = 0;
  #isStopped = false;

  constructor(ratePerSecond: number | null, limit: LoadLimit, startMs: number) {
    this.#startMs = startMs;
    this.#intervalMs = ratePerSecond === null ? 0 : 1000 / ratePerSecond;
    this.#limit = limit;
    this.#slots = slotsOf({ ratePerSecond, limit }) ?? Infinity;
  }

  /**
   * Takes the next slot: how long to wait for it, 0 when its time has come; undefined when there is none left.
   * Slots stand at fixed times, so that a late timer or answer delays none of those that follow.
   */
  take(nowMs: number): number | undefined {
    if (this.#isStopped || this.#taken >= this.#slots) return undefined;
    const slotMs = this.#startMs + this.#taken * this.#intervalMs;
    if (this.#limit.kind === 'duration' && Math.max(slotMs, nowMs) - this.#startMs >= this.#limit.durationMs) {
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
