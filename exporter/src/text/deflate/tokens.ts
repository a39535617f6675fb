import { MAX_DISTANCE, MAX_MATCH } from './symbols.js';

/** Shorter ones take more bits than their bytes. */
const MIN_MATCH = 4;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;

/** What tokens of blocks are gathered in: a byte as itself, a match as its length above 16 bits of its distance less one. */
export class Tokens {
  values = new Uint32Array(16_384);
  length = 0;

  /** Lets go of all, and has room for so many more. */
  clear(room: number): void {
    this.length = 0;
    if (this.values.length < room) this.values = new Uint32Array(room * 2);
  }

  /**
   * Adds those of the bytes from `start` to `end`, one block: what it has in common with the block before it or the one
   * before that, and the other bytes. Blocks are alike, so both are followed side by side: after a byte that differs all
   * go on by one, and at the end of a label's value or a line each is brought to the same end.
   * @param before where the block before it begins; `start` where there is none
   * @param first where the block before that begins; `before` where there is none
   */
  add(bytes: Uint8Array, first: number, before: number, start: number, end: number): void {
    const { values } = this;
    let { length } = this;
    let near = before;
    let far = first;
    let nearField = near;
    let farField = far;
    for (let at = start; at < end;) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === LINE_FEED) {
        if (bytes[near] !== byte) near = nextOf(bytes, byte, nearField, start);
        if (bytes[far] !== byte) far = nextOf(bytes, byte, farField, before);
      }
      const most = Math.min(end - at, MAX_MATCH);
      const nearLength = common(bytes, at, near, Math.min(most, start - near));
      const farLength = common(bytes, at, far, Math.min(most, before - far));
      const matched = nearLength >= farLength ? nearLength : farLength;
      const from = nearLength >= farLength ? near : far;
      if (matched < MIN_MATCH || at - from > MAX_DISTANCE) {
        values[length++] = byte;
        at += 1;
        near += 1;
        far += 1;
        continue;
      }
      values[length++] = matched * 65_536 + (at - from - 1);
      at += matched;
      near += matched;
      far += matched;
      nearField = near;
      farField = far;
    }
    this.length = length;
  }
}

/** How many bytes are the same from two places on, at most so many. */
function common(bytes: Uint8Array, at: number, from: number, most: number): number {
  let length = 0;
  while (length < most && bytes[at + length] === bytes[from + length]) length += 1;
  return length;
}

/** Where a byte is next; `end` where it is not before that. */
function nextOf(bytes: Uint8Array, byte: number, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== byte) at += 1;
  return at;
}
