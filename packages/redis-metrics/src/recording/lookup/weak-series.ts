import type { Series } from '../series/series.js';

/** Series by key, held weakly: each stays while something else holds it. */
export class WeakSeries<S extends Series> {
  readonly #series = new Map<string, WeakRef<S>>();
  readonly #collected: FinalizationRegistry<string>;

  /** @param onCollected called for each series that was garbage-collected */
  constructor(onCollected: () => void = () => undefined) {
    this.#collected = new FinalizationRegistry((key) => {
      const reference = this.#series.get(key);
      // There may be another series under this key by now.
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

  /** Series that are still held. */
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

  /** Removes a series. @returns whether it was present */
  delete(series: S): boolean {
    // Without unregister, each time a series is removed and added again would leave a registration.
    if (this.get(series.key) !== series) return false;
    this.#collected.unregister(series);
    return this.#series.delete(series.key);
  }
}
