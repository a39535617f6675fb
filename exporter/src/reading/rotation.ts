/** Cycles through a collection that may change meanwhile, some items at a time. */
export class Rotation<T> {
  readonly #begin: () => Iterator<T>;
  #at: Iterator<T> | undefined;

  /** @param begin returns an iterator from the first item; it must tolerate changes, as the iterator of a Map does */
  constructor(begin: () => Iterator<T>) {
    this.#begin = begin;
  }

  /** The next items, at most `count`, with duplicates if there are fewer. */
  take(count: number): T[] {
    const items: T[] = [];
    let turns = 0;
    while (items.length < count && turns < 2) {
      this.#at ??= this.#begin();
      const next = this.#at.next();
      if (next.done === true) {
        this.#at = undefined;
        turns += 1;
      } else items.push(next.value);
    }
    return items;
  }
}
