import type { Labels } from '../series/instruments.js';
import { LabelIndex } from './label-index.js';
import type { SeriesBudget } from '../series/series-budget.js';
import type { Series } from '../series/series.js';
import { WeakSeries } from './weak-series.js';

/** The series of one metric: those that are here, those that rest, those that are only marked as gone, and those that are away. */
export class FamilySeries<S extends Series> {
  readonly #budget: SeriesBudget;
  /** Those that are here, and the marked ones. */
  readonly #index = new LabelIndex<S>();
  /** Idle ones that the application may hold: they have their place, and are kept alive, while it does. */
  readonly #resting: WeakSeries<S>;
  readonly #away = new WeakSeries<S>();
  #marked = 0;
  /** The marked ones, and some that came back since. */
  readonly #leaving: S[] = [];

  constructor(budget: SeriesBudget) {
    this.#budget = budget;
    this.#resting = new WeakSeries(() => {
      budget.count -= 1;
    });
  }

  /** How many are here, or rest. */
  get size(): number {
    return this.#index.size - this.#marked + this.#resting.size;
  }

  /** Those that are here. Meanwhile some may come, and go. */
  *[Symbol.iterator](): Generator<S> {
    for (const series of this.#index.values()) if (!series.isLetGo) yield series;
  }

  /** Those that are to be kept alive: those that are here, and those that rest and are held. */
  *kept(): Generator<S> {
    yield* this;
    yield* this.#resting;
  }

  /** The series of these labels if it is here and they are given in a common way; `get` finds all. */
  find(labels: Labels): S | undefined {
    const series = this.#index.find(labels);
    return series?.isLetGo === false ? series : undefined;
  }

  /** Lets `find` know a series by these labels, which mean its key. */
  remember(labels: Labels, series: S): void {
    this.#index.remember(labels, series);
  }

  /** The series of this key, here or gone. */
  get(key: string): S | undefined {
    return this.#index.get(key) ?? this.#resting.get(key) ?? this.#away.get(key);
  }

  /** Whether a series has its place among those that there may be. */
  hasPlace(series: S): boolean {
    return !series.isLetGo || this.#resting.get(series.key) === series;
  }

  /** Adds a new series. */
  add(series: S): void {
    this.#index.set(series);
    this.#budget.count += 1;
  }

  /** Adds a series that was never here. */
  addAway(series: S): void {
    series.isLetGo = true;
    this.#away.add(series);
  }

  /** Takes a series back that is gone. @returns whether it was only marked */
  takeBack(series: S): boolean {
    const isMarked = this.#isMarked(series);
    series.isLetGo = false;
    if (isMarked) {
      this.#marked -= 1;
      this.#budget.count += 1;
    } else if (this.#resting.delete(series)) {
      this.#index.set(series);
    } else {
      this.#away.delete(series);
      this.add(series);
    }
    return isMarked;
  }

  /** Lets a series that is here rest: nothing here holds it any more. */
  rest(series: S): void {
    series.isLetGo = true;
    this.#index.delete(series.key);
    this.#resting.add(series);
  }

  /** Sends a series away, if it is not; whoever holds it may record again, and brings it back. */
  letGo(series: S): void {
    if (!series.isLetGo) {
      series.isLetGo = true;
      this.#budget.count -= 1;
    } else if (this.#isMarked(series)) {
      this.#marked -= 1;
    } else if (this.#resting.delete(series)) {
      this.#budget.count -= 1;
    } else {
      return;
    }
    this.#index.delete(series.key);
    this.#away.add(series);
  }

  /** Marks all series as gone that are here and that `leaves` says it of: to send them away takes much longer. */
  mark(leaves: (series: S) => boolean): void {
    for (const series of this.#resting) if (leaves(series)) this.takeBack(series);
    for (const series of this.#index.items) {
      if (series.isLetGo || !leaves(series)) continue;
      series.isLetGo = true;
      this.#budget.count -= 1;
      this.#marked += 1;
      this.#leaving.push(series);
    }
  }

  /** How many are perhaps marked. */
  get leaving(): number {
    return this.#leaving.length;
  }

  /** Sends marked series away, after a look at `most` of those that may be. */
  *leave(most: number): Generator<S> {
    for (let left = most; left > 0; left -= 1) {
      const series = this.#leaving.pop();
      if (series === undefined) return;
      if (!this.#isMarked(series)) continue;
      this.letGo(series);
      yield series;
    }
  }

  #isMarked(series: S): boolean {
    return series.isLetGo && this.#index.get(series.key) === series;
  }
}
