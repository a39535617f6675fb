import type { Series } from './series.js';

const COMPACTED_AFTER = 1000;

/** The series with recordings that wait, in the order in which they changed. */
export class ChangedSeries {
  #series: Series[] = [];
  #head = 0;

  get length(): number {
    return this.#series.length - this.#head;
  }

  add(series: Series): void {
    this.#series.push(series);
  }

  /** Takes the series that wait now, the longest waiting first; what changes meanwhile is left. */
  *takeAll(): Generator<Series> {
    for (let left = this.length; left > 0; left -= 1) {
      const series = this.#take();
      if (series !== undefined) yield series;
    }
  }

  *[Symbol.iterator](): Generator<Series> {
    for (let i = this.#head; i < this.#series.length; i += 1) {
      const series = this.#series[i];
      if (series !== undefined) yield series;
    }
  }

  #take(): Series | undefined {
    const series = this.#series[this.#head];
    this.#head += 1;
    if (this.#head > COMPACTED_AFTER && this.#head * 2 > this.#series.length) {
      this.#series = this.#series.slice(this.#head);
      this.#head = 0;
    }
    return series;
  }
}
