import { BitWriter } from './bit-writer.js';
import { TextCode } from './text-code.js';
import { Tokens } from './tokens.js';

/** How much larger the bits may become by changes before all is coded again, with codes that suit it. */
const MAX_GROWTH = 9 / 8;
/** More bytes than the header of a deflate block and its end take. */
const FRAME_BYTES = 512;
/** More bytes than the longest code of one byte takes. */
const MAX_BYTES_A_BYTE = 2;
/** How many blocks after a block may refer to it. */
const REFERRING = 2;

// Coding never waits, so all share these.
const writer = new BitWriter();
const tokens = new Tokens();

/**
 * Blocks of bytes as one deflate block that ends on a byte. Each refers to no other than the two before it: one that
 * changes is coded again with the two after it, and the bits of the others are kept.
 */
export class CodedBlocks {
  readonly #code: TextCode;
  readonly #headerBits: number;
  readonly #maxBits: number;
  /** Where the bits of each block end. */
  readonly #bitEnds: Uint32Array;
  #bits: DataView;
  #byteLength: number;

  private constructor(code: TextCode, headerBits: number, maxBits: number, bitEnds: Uint32Array, coded: Coded) {
    this.#code = code;
    this.#headerBits = headerBits;
    this.#maxBits = maxBits;
    this.#bitEnds = bitEnds;
    this.#bits = coded.bits;
    this.#byteLength = coded.byteLength;
  }

  /** @param ends where each block ends; at least one */
  static of(bytes: Uint8Array, ends: Uint32Array): CodedBlocks {
    tokens.clear(bytes.length);
    const tokenEnds = new Uint32Array(ends.length);
    for (let index = 0; index < ends.length; index += 1) {
      addTokens(bytes, ends, index);
      tokenEnds[index] = tokens.length;
    }
    const code = TextCode.for(tokens);
    writer.start(bytes.length * MAX_BYTES_A_BYTE + FRAME_BYTES);
    code.writeHeader(writer);
    const headerBits = writer.length;
    const bitEnds = new Uint32Array(ends.length);
    let from = 0;
    tokenEnds.forEach((to, index) => {
      code.write(writer, tokens, from, to);
      from = to;
      bitEnds[index] = writer.length;
    });
    return new CodedBlocks(code, headerBits, writer.length * MAX_GROWTH, bitEnds, ended(code));
  }

  /** The same, for what changes on its own from now on. */
  copy(): CodedBlocks {
    const coded = { bits: this.#bits, byteLength: this.#byteLength };
    return new CodedBlocks(this.#code, this.#headerBits, this.#maxBits, this.#bitEnds.slice(), coded);
  }

  /** Whole blocks of deflate. It is never written over. */
  get data(): Buffer {
    return Buffer.from(this.#bits.buffer as ArrayBuffer, 0, this.#byteLength);
  }

  /**
   * Codes the blocks again that changed.
   * @param changed which, ascending
   * @returns itself, or others where these had become too large
   */
  update(bytes: Uint8Array, ends: Uint32Array, changed: Iterable<number>): CodedBlocks {
    const bitEnds = this.#bitEnds;
    const { length } = bitEnds;
    writer.start(bytes.length * MAX_BYTES_A_BYTE + FRAME_BYTES);
    // Up to where the old bits were copied or left out, and which blocks have their new ends.
    let done = 0;
    let next = 0;
    let shift = 0;
    const keepUntil = (index: number): void => {
      const end = index > next ? (bitEnds[index - 1] ?? 0) : Math.max(done, this.#headerBits);
      writer.copy(this.#bits, done, end);
      done = end;
      for (; next < index; next += 1) bitEnds[next] = (bitEnds[next] ?? 0) + shift;
    };
    for (const first of changed) {
      for (let index = Math.max(first, next); index <= first + REFERRING && index < length; index += 1) {
        keepUntil(index);
        tokens.clear((ends[index] ?? 0) - startOf(ends, index));
        addTokens(bytes, ends, index);
        this.#code.write(writer, tokens, 0, tokens.length);
        done = bitEnds[index] ?? 0;
        bitEnds[index] = writer.length;
        next = index + 1;
        shift = writer.length - done;
      }
    }
    keepUntil(length);
    if (writer.length > this.#maxBits) return CodedBlocks.of(bytes, ends);
    const { bits, byteLength } = ended(this.#code);
    this.#bits = bits;
    this.#byteLength = byteLength;
    return this;
  }
}

interface Coded {
  readonly bits: DataView;
  readonly byteLength: number;
}

function ended(code: TextCode): Coded {
  code.writeEnd(writer);
  return { byteLength: writer.length / 8, bits: writer.take() };
}

function addTokens(bytes: Uint8Array, ends: Uint32Array, index: number): void {
  const start = startOf(ends, index);
  tokens.add(bytes, startOf(ends, index - 2), startOf(ends, index - 1), start, ends[index] ?? start);
}

function startOf(ends: Uint32Array, index: number): number {
  return index <= 0 ? 0 : (ends[index - 1] ?? 0);
}
