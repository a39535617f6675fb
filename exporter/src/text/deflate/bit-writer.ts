/** Bytes of a word, which is what bits are written and copied by. */
const WORD_BYTES = 4;
const WORD_BITS = 32;

/** Writes bits as deflate orders them: the lowest of each byte first (RFC 1951, section 3.1.1). */
export class BitWriter {
  #view = new DataView(new ArrayBuffer(65_536));
  /** Bytes of whole words written. */
  #at = 0;
  /** Bits that do not fill a word yet, and how many there are: fewer than 32. */
  #rest = 0;
  #restLength = 0;

  /** Begins anew, with room for so many bytes. */
  start(maxBytes: number): void {
    if (this.#view.byteLength < maxBytes) this.#view = new DataView(new ArrayBuffer(maxBytes * 2));
    this.#at = 0;
    this.#rest = 0;
    this.#restLength = 0;
  }

  /** How many bits were written. */
  get length(): number {
    return this.#at * 8 + this.#restLength;
  }

  /** Writes the lowest `length` bits of a number that has no others; at most 32. */
  put(bits: number, length: number): void {
    const total = this.#restLength + length;
    this.#rest |= bits << this.#restLength;
    if (total < WORD_BITS) {
      this.#restLength = total;
      return;
    }
    this.#view.setUint32(this.#at, this.#rest, true);
    this.#at += WORD_BYTES;
    const left = total - WORD_BITS;
    // A shift by 32 would be one by 0.
    this.#rest = left === 0 ? 0 : bits >>> (length - left);
    this.#restLength = left;
  }

  /** Copies the bits from `start` up to `end` of others, which `take` returned. */
  copy(from: DataView, start: number, end: number): void {
    let at = start;
    const shift = at & (WORD_BITS - 1);
    let word = (at >>> 5) * WORD_BYTES;
    if (shift === 0) {
      for (; end - at >= WORD_BITS; at += WORD_BITS, word += WORD_BYTES)
        this.put(from.getUint32(word, true), WORD_BITS);
    } else if (end - at >= WORD_BITS) {
      let low = from.getUint32(word, true);
      for (; end - at >= WORD_BITS; at += WORD_BITS) {
        word += WORD_BYTES;
        const high = from.getUint32(word, true);
        this.put((low >>> shift) | (high << (WORD_BITS - shift)), WORD_BITS);
        low = high;
      }
    }
    while (at < end) {
      const offset = at & (WORD_BITS - 1);
      const length = Math.min(WORD_BITS - offset, end - at);
      const bits = from.getUint32((at >>> 5) * WORD_BYTES, true) >>> offset;
      this.put(length === WORD_BITS ? bits : bits & (2 ** length - 1), length);
      at += length;
    }
  }

  /** Fills up the last byte with zeros. */
  align(): void {
    this.put(0, -this.length & 7);
  }

  /** What was written, in memory of its own of whole words; the bits after the last are zeros. */
  take(): DataView {
    const taken = new ArrayBuffer(this.#at + WORD_BYTES);
    new Uint8Array(taken).set(new Uint8Array(this.#view.buffer, 0, this.#at));
    const view = new DataView(taken);
    view.setUint32(this.#at, this.#rest, true);
    return view;
  }
}
