import type { Series } from '../series/series.js';

/** Series by their keys, each for as long as somebody else holds it. */
export class WeakSeries<S extends Series> {
  readonly #series = new Map<string, WeakRef<S>>();
  readonly #collected: FinalizationRegistry<string>;

  /** @param onCollected called for each that nobody held any more */
  constructor(onCollected: () => void = () => undefined) {
    this.#collected = new FinalizationRegistry((key) => {
      const reference = this.#series.get(key);
      // Another may be here under this key by now.
      if (reference === undefined || reference.deref() !== undefined) return;
      this.#series.delete(key);
      onCollected();
    });
  }

  get size(): number {
    return this.#series.size;
  }

  get(key: string): S | undefined {
    return this.#series.get(key)?.deref();
  }

  /** Those that are held. */
  *[Symbol.iterator](): Generator<S> {
    for (const reference of this.#series.values()) {
      const series = reference.deref();
      if (series !== undefined) yield series;
    }
  }

  add(series: S): void {
    this.#series.set(series.key, new WeakRef(series));
    this.#collected.register(series, series.key, series);
  }

  /** Takes one out. @returns whether it was here */
  delete(series: S): boolean {
    // It may go and come back without end, and each time a registration would be added.
    if (this.get(series.key) !== series) return false;
    this.#collected.unregister(series);
    return this.#series.delete(series.key);
  }
}
