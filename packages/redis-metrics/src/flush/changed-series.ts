import type { Changes } from '../recording/families/recording-scope.js';
import type { Series } from '../recording/series/series.js';
import type { SeriesSweep } from '../recording/families/series-sweep.js';

const COMPACTED_AFTER = 1000;

/** The series with recordings that wait, in the order in which they changed, and those that are to be removed. */
export class ChangedSeries implements Changes {
  readonly #mostRemovals: number;
  /** Each is there once; a place is empty once it was taken, so that a handle nobody holds any more can be collected. */
  #series: (Series | undefined)[] = [];
  #head = 0;
  /** With how many, those included of which nothing waits any more, it is looked which are to stay. */
  #compactedAt = COMPACTED_AFTER;
  readonly #removed = new Set<Series>();
  readonly #sweeps = new Set<SeriesSweep>();

  /** @param mostRemovals how many series at most wait to be removed */
  constructor(mostRemovals: number) {
    this.#mostRemovals = mostRemovals;
  }

  get length(): number {
    return this.#series.length - this.#head;
  }

  add(series: Series): void {
    if (series.isQueued) return;
    if (this.#series.length >= this.#compactedAt) this.#compact();
    series.isQueued = true;
    this.#series.push(series);
  }

  noteRemoved(series: Series): boolean {
    if (this.#removed.size < this.#mostRemovals) this.#removed.add(series);
    return this.#removed.has(series);
  }

  /** Whether a series is to be removed; it is asked once, by whoever does it. */
  takeRemoval(series: Series): boolean {
    return this.#removed.delete(series);
  }

  /** The series that are to be removed, and of which nothing waits: the others have their turn with what waits. */
  *removals(): Generator<Series> {
    for (const series of this.#removed) if (!series.isChanged) yield series;
  }

  /** Notes that series are to be looked for in Redis, and removed. */
  sweep(sweep: SeriesSweep): void {
    this.#sweeps.add(sweep);
    sweep.begin();
  }

  /** What is to be looked for, the longest waiting first. */
  get sweeps(): ReadonlySet<SeriesSweep> {
    return this.#sweeps;
  }

  endSweep(sweep: SeriesSweep): void {
    if (this.#sweeps.delete(sweep)) sweep.end();
  }

  /** Takes the series that wait now, the longest waiting first; what changes meanwhile is left. */
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
    if (this.#head > COMPACTED_AFTER && this.#head * 2 > this.#series.length) {
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
    this.#compactedAt = Math.max(COMPACTED_AFTER, 2 * this.#series.length);
  }
}
