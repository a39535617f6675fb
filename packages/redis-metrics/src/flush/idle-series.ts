import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../time/clock.js';
import type { Registry } from '../recording/registry.js';
import type { Series } from '../recording/series/series.js';

/** What to do with series that nothing was recorded in for a while. */
export interface IdleSeriesOptions {
  readonly ttlMs: number;
  readonly idleTtlMs: number;
  /** Leases are renewed at each flush, but not more often than this. */
  readonly renewEveryMs: number;
  /** Whether to look after a series; default all. */
  readonly owns?: (series: Series) => boolean;
}

/** Work before the process's other work gets its turn, about a millisecond: a series let go counts as much as 50 looked at. */
const WORK_A_TURN = 10_000;
const WORK_OF_LETTING_GO = 50;

/**
 * Finds the series that must be touched, so that a counter expires only when its last writer is gone, and lets go of those
 * that were idle too long: neither of handles that the application holds, nor of what the process tells of itself, which stay
 * while it lives.
 */
export class IdleSeries {
  readonly #registries: readonly Registry[];
  readonly #clock: Clock;
  readonly #touchAfterSeconds: number;
  readonly #letGoAfterSeconds: number;
  readonly #sweepEveryMs: number;
  readonly #renewEveryMs: number;
  readonly #owns: (series: Series) => boolean;
  #sweptAtMs: number;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    registries: readonly Registry[],
    clock: Clock,
    { ttlMs, idleTtlMs, renewEveryMs, owns }: IdleSeriesOptions,
  ) {
    this.#registries = registries;
    this.#clock = clock;
    // Touched when a third of the time to live has passed, looked for every sixth: two may fail before it expires.
    this.#touchAfterSeconds = Math.floor(ttlMs / 3000);
    this.#letGoAfterSeconds = Math.floor(idleTtlMs / 1000);
    this.#sweepEveryMs = ttlMs / 6;
    this.#renewEveryMs = renewEveryMs;
    this.#owns = owns ?? (() => true);
    this.#sweptAtMs = clock();
  }

  get isDue(): boolean {
    return this.#clock() - this.#sweptAtMs >= this.#sweepEveryMs;
  }

  /** The series whose lease is to be renewed now, though nothing was recorded in them. */
  *leases(): Generator<Series> {
    const nowMs = this.#clock();
    if (nowMs - this.#renewedAtMs < this.#renewEveryMs) return;
    this.#renewedAtMs = nowMs;
    for (const registry of this.#registries) {
      for (const family of registry.gaugeFamilies()) {
        if (family.mode !== 'process') continue;
        for (const series of family.series()) if (!series.isChanged && this.#owns(series)) yield series;
      }
    }
  }

  /** Lets go of what was idle too long, a little in each turn of the event loop. */
  async letGo(): Promise<void> {
    const idleSinceSeconds = Math.floor(this.#clock() / 1000) - this.#letGoAfterSeconds;
    let work = 0;
    for (const registry of this.#registries) {
      if (registry.isOwn) continue;
      for (const family of registry.families()) {
        if (!family.isShared()) continue;
        for (const series of family.series()) {
          if (!series.isChanged && series.recordedAtSeconds <= idleSinceSeconds && this.#owns(series)) {
            family.letGoIdle(series);
            work += WORK_OF_LETTING_GO;
          }
          work += 1;
          if (work < WORK_A_TURN) continue;
          work = 0;
          await nextTurn();
        }
      }
    }
  }

  /** The series to touch now. Series may come and go while it runs. */
  *sweep(): Generator<Series> {
    const nowMs = this.#clock();
    this.#sweptAtMs = nowMs;
    const touchedBeforeSeconds = Math.floor(nowMs / 1000) - this.#touchAfterSeconds;
    for (const registry of this.#registries) {
      for (const family of registry.families()) {
        for (const series of family.kept()) {
          if (!series.isChanged && series.sentAtSeconds <= touchedBeforeSeconds && this.#owns(series)) yield series;
        }
      }
    }
  }
}
