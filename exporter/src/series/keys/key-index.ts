const INITIAL_CELLS = 1024;
const GROWTH = 1.4;
/** The share of cells above which there are more of them: to find a key takes longer the fewer are empty. */
const MAX_USED = 3 / 4;
/** Of a cell: without a slot so far, or not any more. A slot is one more than itself. */
const EMPTY = 0;
const GONE = 0xffff_ffff;
const HASHES = 2 ** 32;

/** Slots by the hashes of their keys: an open hash table, in a quarter of the memory of a Map. */
export class KeyIndex {
  readonly #hashOf: (slot: number) => number;
  #cells = new Uint32Array(INITIAL_CELLS);
  /** The lowest byte of each hash, so that hardly any other key is compared. */
  #marks = new Uint8Array(INITIAL_CELLS);
  #count = 0;
  #used = 0;

  /** @param hashOf the hash of a slot's key, 32 bits */
  constructor(hashOf: (slot: number) => number) {
    this.#hashOf = hashOf;
  }

  /** How many slots there are. */
  get size(): number {
    return this.#count;
  }

  /** The slot with a hash for which a condition holds; -1 where there is none. */
  find(hash: number, isIt: (slot: number) => boolean): number {
    const cells = this.#cells;
    for (let at = this.#firstCell(hash); ; at = at + 1 === cells.length ? 0 : at + 1) {
      const cell = cells[at] ?? EMPTY;
      if (cell === EMPTY) return -1;
      if (cell !== GONE && this.#marks[at] === (hash & 0xff) && isIt(cell - 1)) return cell - 1;
    }
  }

  /** Takes in a slot that is not there. */
  add(hash: number, slot: number): void {
    if (this.#used + 1 > this.#cells.length * MAX_USED) this.#makeRoom();
    this.#put(hash, slot);
    this.#count += 1;
  }

  /** Takes out a slot that is there. */
  delete(hash: number, slot: number): void {
    const cells = this.#cells;
    let at = this.#firstCell(hash);
    while (cells[at] !== slot + 1) at = at + 1 === cells.length ? 0 : at + 1;
    cells[at] = GONE;
    this.#count -= 1;
  }

  #firstCell(hash: number): number {
    return Math.floor(hash * (this.#cells.length / HASHES));
  }

  #put(hash: number, slot: number): void {
    const cells = this.#cells;
    let at = this.#firstCell(hash);
    while (cells[at] !== EMPTY) at = at + 1 === cells.length ? 0 : at + 1;
    cells[at] = slot + 1;
    this.#marks[at] = hash & 0xff;
    this.#used += 1;
  }

  /** Forgets which cells are free again, and has more of them unless that gave enough. */
  #makeRoom(): void {
    const before = this.#cells;
    const isFull = this.#count * GROWTH > before.length * MAX_USED;
    const length = isFull ? Math.ceil(before.length * GROWTH) : before.length;
    this.#cells = new Uint32Array(length);
    this.#marks = new Uint8Array(length);
    this.#used = 0;
    for (const cell of before) if (cell !== EMPTY && cell !== GONE) this.#put(this.#hashOf(cell - 1), cell - 1);
  }
}
