import type { Changes } from '../recording/families/recording-scope.js';
import type { Series } from '../recording/series/series.js';
import type { SeriesSweep } from '../recording/families/series-sweep.js';

const COMPACT_AFTER = 1000;

/** The series with pending recordings, in the order in which they changed, and the series to be removed. */
export class ChangedSeries implements Changes {
  readonly #maxRemovals: number;
  /** Each series is in it once. Taken slots become undefined, so that a handle no longer in use can be collected. */
  #series: (Series | undefined)[] = [];
  #head = 0;
  /** The length at which series without pending recordings are removed from the list. */
  #compactAt = COMPACT_AFTER;
  readonly #removed = new Set<Series>();
  readonly #sweeps = new Set<SeriesSweep>();

  /** @param maxRemovals limit of the removal queue */
  constructor(maxRemovals: number) {
    this.#maxRemovals = maxRemovals;
  }

  get length(): number {
    return this.#series.length - this.#head;
  }

  add(series: Series): void {
    if (series.isQueued) return;
    if (this.#series.length >= this.#compactAt) this.#compact();
    series.isQueued = true;
    this.#series.push(series);
  }

  noteRemoved(series: Series): boolean {
    if (this.#removed.size < this.#maxRemovals) this.#removed.add(series);
    return this.#removed.has(series);
  }

  /** Takes a series from the removal queue. @returns whether it was in it */
  takeRemoval(series: Series): boolean {
    return this.#removed.delete(series);
  }

  /** The series to be removed that have no pending recordings; the others are removed with their recordings. */
  *removals(): Generator<Series> {
    for (const series of this.#removed) if (!series.isChanged) yield series;
  }

  /** Queues a search in Redis for series to remove. */
  sweep(sweep: SeriesSweep): void {
    this.#sweeps.add(sweep);
    sweep.begin();
  }

  /** The queued searches, oldest first. */
  get sweeps(): ReadonlySet<SeriesSweep> {
    return this.#sweeps;
  }

  endSweep(sweep: SeriesSweep): void {
    if (this.#sweeps.delete(sweep)) sweep.end();
  }

  /** Takes the series that have changed so far, oldest change first; later changes stay queued. */
  *takeAll(): Generator<Series> {
    for (let left = this.length; left > 0 && this.length > 0; left -= 1) {
      const series = this.#take();
      if (series?.isChanged === true) yield series;
    }
  }

  *[Symbol.iterator](): Generator<Series> {
    for (const series of this.#series.slice(this.#head)) if (series !== undefined) yield series;
  }

  #take(): Series | undefined {
    const series = this.#series[this.#head];
    this.#series[this.#head] = undefined;
    this.#head += 1;
    if (series !== undefined) series.isQueued = false;
    if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#series.length) {
      this.#series = this.#series.slice(this.#head);
      this.#head = 0;
    }
    return series;
  }

  #compact(): void {
    const waiting = [...this];
    for (const series of waiting) series.isQueued = series.isChanged;
    this.#series = waiting.filter(({ isQueued }) => isQueued);
    this.#head = 0;
    this.#compactAt = Math.max(COMPACT_AFTER, 2 * this.#series.length);
  }
}
