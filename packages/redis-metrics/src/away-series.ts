import type { Series } from './series.js';

/** Series that a metric let go, as long as somebody holds them: recorded in again, the same ones come back. */
export class AwaySeries<S extends Series> {
  readonly #series = new Map<string, WeakRef<S>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    // Another may be away under this key by now.
    if (this.#series.get(key)?.deref() === undefined) this.#series.delete(key);
  });

  get(key: string): S | undefined {
    return this.#series.get(key)?.deref();
  }

  add(series: S): void {
    this.#series.set(series.key, new WeakRef(series));
    this.#collected.register(series, series.key, series);
  }

  delete(series: S): void {
    this.#series.delete(series.key);
    // It may go and come back without end, and each time a registration would be added.
    this.#collected.unregister(series);
  }
}
