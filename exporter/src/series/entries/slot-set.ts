/** Some slots, a bit for each: a set of a hundred thousand numbers would take a hundred times the memory. */
export class SlotSet {
  #words: Uint32Array;

  /** @param slots how many there are, see `grow` */
  constructor(slots: number) {
    this.#words = new Uint32Array(wordsFor(slots));
  }

  /** Makes room for slots up to below this. */
  grow(slots: number): void {
    const words = new Uint32Array(wordsFor(slots));
    words.set(this.#words);
    this.#words = words;
  }

  has(slot: number): boolean {
    return ((this.#words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  add(slot: number): void {
    const word = slot >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (slot & 31));
  }

  delete(slot: number): void {
    const word = slot >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (slot & 31));
  }

  clear(): void {
    this.#words.fill(0);
  }
}

function wordsFor(slots: number): number {
  return Math.ceil(slots / 32);
}
