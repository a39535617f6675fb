import type { Labels } from '../series/instruments.js';
import { LabelIndex } from './label-index.js';
import type { SeriesBudget } from '../series/series-budget.js';
import type { Series } from '../series/series.js';
import { WeakSeries } from './weak-series.js';

/**
 * The series of one metric, in four states: active; resting (idle, but the application may hold its handle); marked (removed, but still in
 * the index); and released (kept only while the application holds its handle).
 */
export class FamilySeries<S extends Series> {
  readonly #budget: SeriesBudget;
  /** Active and marked series. */
  readonly #index = new LabelIndex<S>();
  /** Idle series that the application may hold: while it does, they count against the limit, and their TTL is renewed. */
  readonly #resting: WeakSeries<S>;
  readonly #released = new WeakSeries<S>();
  #marked = 0;
  /** The marked series, and some that came back since. */
  readonly #toRemove: S[] = [];

  constructor(budget: SeriesBudget) {
    this.#budget = budget;
    this.#resting = new WeakSeries(() => {
      budget.count -= 1;
    });
  }

  /** Number of active and resting series. */
  get size(): number {
    return this.#index.size - this.#marked + this.#resting.size;
  }

  /** The active series. Series may be added and removed during the iteration. */
  *[Symbol.iterator](): Generator<S> {
    for (const series of this.#index.values()) if (!series.isReleased) yield series;
  }

  /** The series whose TTL is renewed: active ones, and resting ones whose handle is held. */
  *kept(): Generator<S> {
    yield* this;
    yield* this.#resting;
  }

  /** The active series with these labels, for labels in a common form; `get` finds all. */
  find(labels: Labels): S | undefined {
    const series = this.#index.find(labels);
    return series?.isReleased === false ? series : undefined;
  }

  /** Lets `find` find a series by these labels. */
  remember(labels: Labels, series: S): void {
    this.#index.remember(labels, series);
  }

  /** The series of this key in any state. */
  get(key: string): S | undefined {
    return this.#index.get(key) ?? this.#resting.get(key) ?? this.#released.get(key);
  }

  /** Whether a series counts against the limit. */
  hasPlace(series: S): boolean {
    return !series.isReleased || this.#resting.get(series.key) === series;
  }

  /** Adds a new series. */
  add(series: S): void {
    this.#index.set(series);
    this.#budget.count += 1;
  }

  /** Adds a new series in the state released. */
  addReleased(series: S): void {
    series.isReleased = true;
    this.#released.add(series);
  }

  /** Makes a series active again. @returns whether it was marked */
  takeBack(series: S): boolean {
    const isMarked = this.#isMarked(series);
    series.isReleased = false;
    if (isMarked) {
      this.#marked -= 1;
      this.#budget.count += 1;
    } else if (this.#resting.delete(series)) {
      this.#index.set(series);
    } else {
      this.#released.delete(series);
      this.add(series);
    }
    return isMarked;
  }

  /** Makes an active series rest. */
  rest(series: S): void {
    series.isReleased = true;
    this.#index.delete(series.key);
    this.#resting.add(series);
  }

  /** Releases a series; a recording through its handle brings it back. */
  release(series: S): void {
    if (!series.isReleased) {
      series.isReleased = true;
      this.#budget.count -= 1;
    } else if (this.#isMarked(series)) {
      this.#marked -= 1;
    } else if (this.#resting.delete(series)) {
      this.#budget.count -= 1;
    } else {
      return;
    }
    this.#index.delete(series.key);
    this.#released.add(series);
  }

  /** Marks all active series for which `isRemoved` returns true; to release them takes much longer. */
  mark(isRemoved: (series: S) => boolean): void {
    for (const series of this.#resting) if (isRemoved(series)) this.takeBack(series);
    for (const series of this.#index.items) {
      if (series.isReleased || !isRemoved(series)) continue;
      series.isReleased = true;
      this.#budget.count -= 1;
      this.#marked += 1;
      this.#toRemove.push(series);
    }
  }

  /** Upper bound of the number of marked series. */
  get markedCount(): number {
    return this.#toRemove.length;
  }

  /** Releases marked series, checking at most `max` candidates. */
  *removeMarked(max: number): Generator<S> {
    for (let left = max; left > 0; left -= 1) {
      const series = this.#toRemove.pop();
      if (series === undefined) return;
      if (!this.#isMarked(series)) continue;
      this.release(series);
      yield series;
    }
  }

  #isMarked(series: S): boolean {
    return series.isReleased && this.#index.get(series.key) === series;
  }
}
