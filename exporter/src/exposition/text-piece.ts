import { deflatePiece, type DeflatedPiece } from './deflated-piece.js';

/** A change to one block of a piece. */
export interface BlockChange {
  readonly index: number;
  readonly text: string;
}

/** The lines of many series as bytes, in blocks, so that one block changes without writing the others anew. */
export class TextPiece {
  readonly bytes: Buffer;
  /** Where each block ends. */
  readonly #ends: Uint32Array;
  #deflated: Promise<DeflatedPiece> | undefined;

  private constructor(bytes: Buffer, ends: Uint32Array) {
    this.bytes = bytes;
    this.#ends = ends;
  }

  /** A piece of these blocks. */
  static of(blocks: readonly string[]): TextPiece {
    const ends = new Uint32Array(blocks.length);
    let end = 0;
    blocks.forEach((block, i) => {
      end += Buffer.byteLength(block);
      ends[i] = end;
    });
    return new TextPiece(Buffer.from(blocks.join('')), ends);
  }

  /** The bytes compressed, which is done once. */
  deflated(): Promise<DeflatedPiece> {
    this.#deflated ??= deflatePiece(this.bytes);
    return this.#deflated;
  }

  /** The same with some blocks changed, given in ascending order; itself when their text is what it was. */
  with(changes: readonly BlockChange[]): TextPiece {
    const parts: Buffer[] = [];
    const ends = new Uint32Array(this.#ends);
    let copied = 0;
    let isSame = true;
    let shift = 0;
    let next = 0;
    for (const { index, text } of changes) {
      const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
      const end = this.#ends[index] ?? start;
      const block = Buffer.from(text);
      isSame &&= block.equals(this.bytes.subarray(start, end));
      parts.push(this.bytes.subarray(copied, start), block);
      copied = end;
      for (; next < index; next += 1) ends[next] = (this.#ends[next] ?? 0) + shift;
      shift += block.length - (end - start);
    }
    if (isSame) return this;
    for (; next < ends.length; next += 1) ends[next] = (this.#ends[next] ?? 0) + shift;
    parts.push(this.bytes.subarray(copied));
    return new TextPiece(Buffer.concat(parts), ends);
  }
}
