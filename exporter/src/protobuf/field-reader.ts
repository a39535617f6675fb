import { WIRE } from './wire.js';

const CONTINUES = 0x80;

/** Reads the fields of a message one after the other, without an object for each. It reads what this program wrote, so it checks nothing. */
export class FieldReader {
  /** The number of the field. */
  field = 0;
  /** The value of a varint or of a double. */
  number = 0;
  /** Where the value begins and ends; of text, bytes and messages without the length before it. */
  start = 0;
  end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #limit = 0;

  /** Begins with the message from `start` to `end`. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = end;
  }

  /** Goes on to the next field; false after the last. */
  next(): boolean {
    if (this.#at >= this.#limit) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    this.start = this.#at;
    switch (tag & 7) {
      case WIRE.varint:
        this.number = this.#varint();
        break;
      case WIRE.fixed64:
        this.number = this.#bytes.readDoubleLE(this.#at);
        this.#at += 8;
        break;
      default: {
        const length = this.#varint();
        this.start = this.#at;
        this.#at += length;
      }
    }
    this.end = this.#at;
    return true;
  }

  #varint(): number {
    let byte = this.#bytes[this.#at++] ?? 0;
    if (byte < CONTINUES) return byte;
    let value = byte - CONTINUES;
    for (let scale = CONTINUES; ; scale *= CONTINUES) {
      byte = this.#bytes[this.#at++] ?? 0;
      if (byte < CONTINUES) return value + byte * scale;
      value += (byte - CONTINUES) * scale;
    }
  }
}
