/**
 * Computes increases of cumulative values since the last round. Values that are missing in a round are forgotten: if they come back, they
 * count from 0.
 */
export class RisenValues {
  #last = new Map<string, readonly number[]>();
  #now = new Map<string, readonly number[]>();

  /** Starts a round, in which `rise` is called once for each series. */
  startRound(): void {
    this.#last = this.#now;
    this.#now = new Map();
  }

  /**
   * The increases of the values of a series; undefined when none changed. If one of the first `monotonic` values fell, all of them were
   * reset, and count from 0.
   */
  rise(key: string, values: readonly number[], monotonic: number): readonly number[] | undefined {
    const last = this.#last.get(key);
    this.#now.set(key, values);
    if (last === undefined || values.some((value, i) => i < monotonic && value < (last[i] ?? 0))) return values;
    // An infinite sum stays infinite, and infinity minus infinity is NaN.
    const rises = values.map((value, i) => (Object.is(value, last[i]) ? 0 : value - (last[i] ?? 0)));
    return rises.some((rise) => rise !== 0) ? rises : undefined;
  }

  /** Keeps the values of a series from the last round. */
  keep(key: string): void {
    const last = this.#last.get(key);
    if (last !== undefined) this.#now.set(key, last);
  }
}
