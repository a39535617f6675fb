import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../time/clock.js';
import type { Registry } from '../recording/registry.js';
import type { Series } from '../recording/series/series.js';

/** When to renew and when to release idle series. */
export interface IdleSeriesOptions {
  readonly ttlMs: number;
  readonly idleTtlMs: number;
  /** Minimum interval between renewals of leases, which happen at a flush. */
  readonly renewEveryMs: number;
  /** Whether a series belongs to this shard; default all. */
  readonly owns?: (series: Series) => boolean;
}

/** Work per turn of the event loop, about a millisecond. Releasing a series costs as much as checking 50. */
const WORK_PER_TURN = 10_000;
const WORK_OF_RELEASE = 50;

/**
 * Finds the series whose TTL must be renewed, so that a counter expires only when its last writer is gone, and releases series that were
 * idle too long. Handles that the application holds and the library's own metrics are never released.
 */
export class IdleSeries {
  readonly #registries: readonly Registry[];
  readonly #clock: Clock;
  readonly #touchAfterSeconds: number;
  readonly #releaseAfterSeconds: number;
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
    // Renewed after a third of the TTL, checked every sixth: two renewals may fail before a series expires.
    this.#touchAfterSeconds = Math.floor(ttlMs / 3000);
    this.#releaseAfterSeconds = Math.floor(idleTtlMs / 1000);
    this.#sweepEveryMs = ttlMs / 6;
    this.#renewEveryMs = renewEveryMs;
    this.#owns = owns ?? (() => true);
    this.#sweptAtMs = clock();
  }

  get isDue(): boolean {
    return this.#clock() - this.#sweptAtMs >= this.#sweepEveryMs;
  }

  /** Unchanged series whose lease must be renewed now. */
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

  /** Releases series that were idle too long, a few in each turn of the event loop. */
  async releaseIdle(): Promise<void> {
    const idleSinceSeconds = Math.floor(this.#clock() / 1000) - this.#releaseAfterSeconds;
    let work = 0;
    for (const registry of this.#registries) {
      if (registry.isOwn) continue;
      for (const family of registry.families()) {
        if (!family.isShared()) continue;
        for (const series of family.series()) {
          if (!series.isChanged && series.recordedAtSeconds <= idleSinceSeconds && this.#owns(series)) {
            family.releaseIdle(series);
            work += WORK_OF_RELEASE;
          }
          work += 1;
          if (work < WORK_PER_TURN) continue;
          work = 0;
          await nextTurn();
        }
      }
    }
  }

  /** The series whose TTL must be renewed now. Series may be added and removed during the iteration. */
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
