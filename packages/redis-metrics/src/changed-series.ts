import type { Changes } from './recording-scope.js';
import type { Series } from './series.js';
import type { SeriesSweep } from './series-sweep.js';

const COMPACTED_AFTER = 1000;

/** The series with recordings that wait, in the order in which they changed, and those that are to be removed. */
export class ChangedSeries implements Changes {
  readonly #mostRemovals: number;
  /** Each is there once. */
  #series: Series[] = [];
  #head = 0;
  /** How many of them have nothing that waits. */
  #dropped = 0;
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
    if (series.isQueued) {
      this.#dropped -= 1;
      return;
    }
    series.isQueued = true;
    this.#series.push(series);
  }

  /** Notes that what waited of a series is dropped. It keeps its place, until half of the places are of such series. */
  noteDropped(): void {
    this.#dropped += 1;
    if (this.#dropped > COMPACTED_AFTER && this.#dropped * 2 > this.length) this.#compact();
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
    yield* this.#series.slice(this.#head);
  }

  #take(): Series | undefined {
    const series = this.#series[this.#head];
    this.#head += 1;
    if (series !== undefined) this.#leave(series);
    if (this.#head > COMPACTED_AFTER && this.#head * 2 > this.#series.length) {
      this.#series = this.#series.slice(this.#head);
      this.#head = 0;
    }
    return series;
  }

  #compact(): void {
    const waiting = this.#series.slice(this.#head);
    this.#series = waiting.filter(({ isChanged }) => isChanged);
    this.#head = 0;
    for (const series of waiting) if (!series.isChanged) this.#leave(series);
  }

  #leave(series: Series): void {
    series.isQueued = false;
    if (!series.isChanged) this.#dropped -= 1;
  }
}
