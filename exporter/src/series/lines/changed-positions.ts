const WORD_BITS = 32;

/** A set of positions, a bit for each. */
export class ChangedPositions {
  readonly #words: Uint32Array;
  #isEmpty = true;

  /** @param count positions from 0 to below this */
  constructor(count: number) {
    this.#words = new Uint32Array(Math.ceil(count / WORD_BITS));
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  add(position: number): void {
    const word = position >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (position & (WORD_BITS - 1)));
    this.#isEmpty = false;
  }

  clear(): void {
    if (!this.#isEmpty) this.#words.fill(0);
    this.#isEmpty = true;
  }

  /** In ascending order. */
  positions(): number[] {
    const positions: number[] = [];
    if (this.#isEmpty) return positions;
    for (let word = 0; word < this.#words.length; word += 1) {
      for (let left = this.#words[word] ?? 0; left !== 0; left &= left - 1) {
        positions.push(WORD_BITS * word + WORD_BITS - 1 - Math.clz32(left & -left));
      }
    }
    return positions;
  }
}
