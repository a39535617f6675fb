import type { LoadPace } from './load-engine.js';

/** The part of a load that one thread sends: of `count` threads the one of this index takes every `count`th request. */
export type LoadShare = { readonly index: number; readonly count: number };

const WHOLE_LOAD: LoadShare = { index: 0, count: 1 };

/** How many requests a load sends at most; undefined when only the server and the time limit them. */
export function slotsOf({ ratePerSecond, limit }: LoadPace): number | undefined {
  const durationMs = limit.kind === 'duration' ? limit.durationMs : limit.maxDurationMs;
  const due =
    ratePerSecond === null || durationMs === undefined
      ? undefined
      : Math.max(1, Math.ceil((ratePerSecond * durationMs) / 1000));
  return limit.kind === 'duration' ? due : Math.min(limit.count, due ?? Infinity);
}

/** Says when each request of a load is due: evenly at the rate asked for, up to the limit. Times are in milliseconds of one clock. */
export class Pacer {
  readonly #startMs: number;
  readonly #intervalMs: number;
  readonly #isPaced: boolean;
  readonly #slots: number;
  readonly #endMs: number;
  #lastDueMs: number;
  readonly #step: number;
  #next: number;
  #isStopped = false;

  /** @param graceMs How long after its end a load of limited time still sends requests that were due before. */
  constructor(pace: LoadPace, startMs: number, graceMs: number, share: LoadShare = WHOLE_LOAD) {
    this.#startMs = startMs;
    this.#isPaced = pace.ratePerSecond !== null;
    this.#intervalMs = pace.ratePerSecond === null ? 0 : 1000 / pace.ratePerSecond;
    this.#slots = slotsOf(pace) ?? Infinity;
    const { limit } = pace;
    const durationMs = limit.kind === 'duration' ? limit.durationMs : (limit.maxDurationMs ?? Infinity);
    this.#endMs = startMs + durationMs + (this.#isPaced ? graceMs : 0);
    this.#lastDueMs = startMs + durationMs;
    this.#step = share.count;
    this.#next = share.index;
  }

  /**
   * Takes the next slot: when its request is due; undefined when there is none left. Slots stand at fixed times, so that a late timer or
   * answer delays none of those that follow.
   */
  take(nowMs: number): number | undefined {
    if (this.#isStopped || this.#next >= this.#slots || nowMs >= this.#endMs) return undefined;
    const dueMs = this.#isPaced ? this.#startMs + this.#next * this.#intervalMs : nowMs;
    this.#next += this.#step;
    return dueMs;
  }

  /** The number, from 0, of the slot that was taken last. */
  get latest(): number {
    return this.#next - this.#step;
  }

  /** How many slots of the schedule nobody took though their requests were due. */
  get untaken(): number {
    if (!this.#isPaced) return 0;
    const due = Math.min(this.#slots, Math.ceil((this.#lastDueMs - this.#startMs) / this.#intervalMs));
    return Math.max(0, Math.ceil((due - this.#next) / this.#step));
  }

  /** From now on there is no slot left, and what would have been due later is not due. */
  stop(nowMs: number): void {
    this.#isStopped = true;
    this.#lastDueMs = Math.min(this.#lastDueMs, nowMs);
  }
}
