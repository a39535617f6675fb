const INITIAL_BYTES = 65_536;
const SMALL = 0x80;
const MAX_INTEGER = 2 ** 31 - 1;

/** Writes messages in the wire format of Protocol Buffers into memory that it keeps: for what is written anew as a whole each time. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** A tag of one byte: fields up to 15. */
  tag(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#makeRoom(8);
    let left = value;
    for (; left > MAX_INTEGER; left = Math.floor(left / SMALL)) this.#bytes[this.#length++] = (left % SMALL) | SMALL;
    // Shifts take a fraction of the time of a division.
    for (; left >= SMALL; left >>>= 7) this.#bytes[this.#length++] = left | SMALL;
    this.#bytes[this.#length++] = left;
  }

  /** The eight bytes of a double. */
  double(value: number): void {
    this.#makeRoom(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** A text in UTF-8, after its length. */
  text(text: string): void {
    const at = this.open();
    this.#makeRoom(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
    this.close(at);
  }

  /** Some bytes of others. */
  copy(source: Uint8Array, start = 0, end = source.length): void {
    this.#makeRoom(end - start);
    for (let i = start; i < end; i += 1) this.#bytes[this.#length++] = source[i] ?? 0;
  }

  /** Begins what stands after its length, and returns where, for `close`. */
  open(): number {
    this.#makeRoom(1);
    return this.#length++;
  }

  /** Ends what `open` began, and writes its length before it. */
  close(at: number): void {
    const length = this.#length - at - 1;
    if (length >= SMALL) {
      const more = length < SMALL ** 2 ? 1 : length < SMALL ** 3 ? 2 : 3;
      this.#makeRoom(more);
      this.#bytes.copyWithin(at + 1 + more, at + 1, this.#length);
      const end = this.#length + more;
      this.#length = at;
      this.varint(length);
      this.#length = end;
      return;
    }
    this.#bytes[at] = length;
  }

  /** A copy of what was written; begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#length + more, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
