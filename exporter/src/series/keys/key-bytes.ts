import { KeyHeads } from './key-heads.js';

const INITIAL_SLOTS = 1024;
const INITIAL_BYTES = 32_768;
const GROWTH = 1.125;
/** Where no key begins. */
const NONE = 0;
/** Places are numbers of 32 bits. */
const MAX_BYTES = 2 ** 32;
/** More bytes than two numbers of 32 bits take. */
const MAX_FRONT_BYTES = 10;
const NOT_ASCII = /[\u0080-\u00ff]/;
/** Added to a byte of a number where more follow; each has seven bits, the lowest first. */
const MORE = 0x80;

/**
 * The bytes of keys side by side, by slot: as texts, each with a header and a beginning that hundreds share, they would take twice the
 * memory. A key is the number of its beginning, doubled and one more where it is not ASCII, the length of the rest, and the rest.
 */
export class KeyBytes {
  readonly #heads = new KeyHeads();
  #memory: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #starts = new Uint32Array(INITIAL_SLOTS);
  #end = NONE + 1;
  /** Bytes before the end that are of no key any more. */
  #freed = 0;
  /** Where the next number is read. */
  #at = 0;

  /**
   * Takes in the key of a slot that has none.
   * @param key its bytes, one a character
   * @param headLength how many of them other keys are likely to begin with
   * @throws RangeError when all keys together would take more than 4 GiB
   */
  set(slot: number, key: string, headLength: number): void {
    const length = key.length - headLength;
    this.#makeRoom(length + MAX_FRONT_BYTES);
    if (slot >= this.#starts.length) this.#growSlots(slot + 1);
    this.#starts[slot] = this.#end;
    this.#putNumber(this.#heads.take(key.slice(0, headLength)) * 2 + Number(NOT_ASCII.test(key)));
    this.#putNumber(length);
    this.#end += this.#memory.write(key.slice(headLength), this.#end, 'latin1');
  }

  /** Lets the key of a slot go. */
  delete(slot: number): void {
    this.#at = this.#starts[slot] ?? NONE;
    const start = this.#at;
    this.#heads.release(Math.floor(this.#number() / 2));
    const length = this.#number();
    this.#freed += this.#at + length - start;
    this.#starts[slot] = NONE;
  }

  /** The key of a slot. */
  get(slot: number): string {
    this.#at = this.#starts[slot] ?? NONE;
    return this.#rest(this.#number());
  }

  /** The key of a slot as an argument of a command: its bytes, where its characters are not those already. */
  argument(slot: number): string | Buffer {
    this.#at = this.#starts[slot] ?? NONE;
    const first = this.#number();
    const key = this.#rest(first);
    return first % 2 === 0 ? key : Buffer.from(key, 'latin1');
  }

  /** Whether a slot has this key. */
  isAt(slot: number, key: string): boolean {
    this.#at = this.#starts[slot] ?? NONE;
    if (this.#at === NONE) return false;
    const head = this.#heads.at(Math.floor(this.#number() / 2));
    const length = this.#number();
    if (key.length !== head.length + length) return false;
    return key.endsWith(this.#memory.toString('latin1', this.#at, this.#at + length)) && key.startsWith(head);
  }

  /** @param first the number that a key begins with; the next is read */
  #rest(first: number): string {
    const length = this.#number();
    return this.#heads.at(Math.floor(first / 2)) + this.#memory.toString('latin1', this.#at, this.#at + length);
  }

  #putNumber(number: number): void {
    let left = number;
    for (; left >= MORE; left = Math.floor(left / MORE)) this.#memory[this.#end++] = (left % MORE) + MORE;
    this.#memory[this.#end++] = left;
  }

  #number(): number {
    let number = 0;
    for (let factor = 1; ; factor *= MORE) {
      const byte = this.#memory[this.#at++] ?? 0;
      if (byte < MORE) return number + byte * factor;
      number += (byte - MORE) * factor;
    }
  }

  #growSlots(count: number): void {
    const larger = new Uint32Array(Math.ceil(count * GROWTH));
    larger.set(this.#starts);
    this.#starts = larger;
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#memory.length) return;
    const needed = this.#end - this.#freed + bytes;
    if (needed > MAX_BYTES) throw new RangeError(`expected keys of at most ${MAX_BYTES} bytes together, got ${needed}`);
    const next = Buffer.allocUnsafeSlow(Math.min(MAX_BYTES, Math.ceil(needed * GROWTH)));
    if (this.#freed === 0) this.#memory.copy(next, 0, 0, this.#end);
    else this.#closeUp(next);
    this.#memory = next;
  }

  /** Copies keys side by side that were among others which are gone. */
  #closeUp(next: Buffer): void {
    const starts = this.#starts;
    let end = NONE + 1;
    for (let slot = 0; slot < starts.length; slot += 1) {
      const start = starts[slot] ?? NONE;
      if (start === NONE) continue;
      this.#at = start;
      this.#number();
      const length = this.#number();
      starts[slot] = end;
      end += this.#memory.copy(next, end, start, this.#at + length);
    }
    this.#end = end;
    this.#freed = 0;
  }
}
