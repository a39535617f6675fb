import type { Changes } from './recording-scope.js';
import type { Series } from './series.js';
import type { SeriesSweep } from './series-sweep.js';

const COMPACTED_AFTER = 1000;

/** The series with recordings that wait, in the order in which they changed, and those that are to be removed. */
export class ChangedSeries implements Changes {
  #series: Series[] = [];
  #head = 0;
  /** Whether there may be series of which nothing waits, or that are there twice. */
  #hasDropped = false;
  readonly #removed = new Set<Series>();
  readonly #sweeps = new Set<SeriesSweep>();

  get length(): number {
    return this.#series.length - this.#head;
  }

  add(series: Series): void {
    this.#series.push(series);
  }

  /** Notes that what waits of some series is dropped. It keeps its place until that comes up, and may get another. */
  noteDropped(): void {
    this.#hasDropped = true;
  }

  /** Notes that a series is to be removed in Redis, before what waits of it is written. */
  noteRemoved(series: Series): void {
    this.#removed.add(series);
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
    for (let left = this.length; left > 0; left -= 1) {
      const series = this.#take();
      if (series?.isChanged === true) yield series;
    }
  }

  *[Symbol.iterator](): Generator<Series> {
    const waiting = this.#series.slice(this.#head);
    yield* this.#hasDropped ? new Set(waiting) : waiting;
  }

  #take(): Series | undefined {
    const series = this.#series[this.#head];
    this.#head += 1;
    if (this.length === 0) this.#hasDropped = false;
    if (this.#head > COMPACTED_AFTER && this.#head * 2 > this.#series.length) {
      this.#series = this.#series.slice(this.#head);
      this.#head = 0;
    }
    return series;
  }
}
