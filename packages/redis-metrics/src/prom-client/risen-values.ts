/**
 * Remembers what cumulative values were, to tell by how much they rose since. Values that are not looked at in a round are
 * forgotten: should they come back, they count from 0.
 */
export class RisenValues {
  #last = new Map<string, readonly number[]>();
  #now = new Map<string, readonly number[]>();

  /** Starts a round in which each value is looked at once. */
  startRound(): void {
    this.#last = this.#now;
    this.#now = new Map();
  }

  /**
   * By how much the values of a series rose; undefined when none changed. One of the first `monotonic` values that fell means
   * that all of them were reset, and count from 0.
   */
  rise(key: string, values: readonly number[], monotonic: number): readonly number[] | undefined {
    const last = this.#last.get(key);
    this.#now.set(key, values);
    if (last === undefined || values.some((value, i) => i < monotonic && value < (last[i] ?? 0))) return values;
    // A sum that became infinite stays so, and infinity less infinity is no number.
    const rises = values.map((value, i) => (Object.is(value, last[i]) ? 0 : value - (last[i] ?? 0)));
    return rises.some((rise) => rise !== 0) ? rises : undefined;
  }

  /** Remembers a series as it was in the last round. */
  keep(key: string): void {
    const last = this.#last.get(key);
    if (last !== undefined) this.#now.set(key, last);
  }
}
