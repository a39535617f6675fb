/** Goes round and round through something that may change meanwhile, some items at a time. */
export class Rotation<T> {
  readonly #begin: () => Iterator<T>;
  #at: Iterator<T> | undefined;

  /** @param begin starts at the first; what it gives may go on while items come and go, as a Map's iterator may */
  constructor(begin: () => Iterator<T>) {
    this.#begin = begin;
  }

  /** The next items, at most `count`; one may come twice where there are fewer. */
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
