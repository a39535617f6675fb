import { CodedBlocks } from './deflate/coded-blocks.js';
import { NumberBytes } from './number-bytes.js';
import { deflatedAs, deflatePiece, type DeflatedPiece } from './deflated-piece.js';

/** A change to one block of a piece. */
export interface BlockChange {
  readonly index: number;
  /** The new text of the block. */
  readonly text: string;
}

/** How the text of blocks becomes bytes: lines are UTF-8, messages are given as one character a byte. */
export type TextEncoding = 'utf8' | 'latin1';

/** Some of a block's bytes, and what takes their place. */
interface Range extends BlockChange {
  readonly start: number;
  readonly end: number;
  /** Bytes of the new text. */
  readonly length: number;
}

const SPACE = 0x20;
/**
 * The share of a piece's blocks up to which changed ones are coded by themselves. zlib codes all of them in the time that
 * this code takes for a few, as each is coded again with two others.
 */
const MAX_RECODED_SHARE = 1 / 8;
/** Fewer bytes are compressed as a whole: the codes for their blocks would be a large part of the answer. */
const MIN_RECODED_BYTES = 4096;
/** Room for a piece to grow by without moving elsewhere, as a share of it. */
const SLACK = 1 / 64;
/** Writing never waits, so all share these. */
const number = new NumberBytes();
const doubleBytes = new Uint8Array(8);
const double = new DataView(doubleBytes.buffer);
/** Where a piece is put together whose blocks change their lengths; all of that happens without waiting. */
let workspace = Buffer.allocUnsafeSlow(65_536);

/**
 * The lines of many series as bytes, in blocks. A changed block is written in its place: a scrape that allocated megabytes
 * for a hundredth of them would spend more on garbage than on all else (measured: a third of its time).
 */
export class TextPiece {
  #memory: Buffer;
  #bytes: Buffer;
  /** Where each block ends. */
  readonly #ends: Uint32Array;
  readonly #encoding: TextEncoding;
  #deflated: DeflatedPiece | undefined;
  /** The blocks compressed one by one, since they have begun to change one by one. */
  #coded: CodedBlocks | undefined;
  /** The blocks that changed since they were compressed; undefined when those are too many, or none was yet. */
  #recoded: Set<number> | undefined;
  #holds = 0;

  private constructor(memory: Buffer, length: number, ends: Uint32Array, encoding: TextEncoding) {
    this.#encoding = encoding;
    this.#memory = memory;
    this.#bytes = memory.length === length ? memory : memory.subarray(0, length);
    this.#ends = ends;
  }

  /** A piece of these blocks. */
  static of(blocks: readonly string[], encoding: TextEncoding = 'utf8'): TextPiece {
    const ends = new Uint32Array(blocks.length);
    let end = 0;
    blocks.forEach((block, i) => {
      end += Buffer.byteLength(block, encoding);
      ends[i] = end;
    });
    const memory = Buffer.allocUnsafeSlow(end);
    memory.write(blocks.join(''), encoding);
    return new TextPiece(memory, end, ends, encoding);
  }

  /** Its bytes. To be read at once, or between `hold` and `release`: the next change is written over it. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The number of its blocks. */
  get length(): number {
    return this.#ends.length;
  }

  /** Keeps the bytes as they are until `release`: changes make another piece meanwhile. */
  hold(): void {
    this.#holds += 1;
  }

  /** Ends one `hold`. */
  release(): void {
    this.#holds -= 1;
  }

  /** The bytes compressed, which is done once. It is never written over. */
  deflated(): DeflatedPiece {
    if (this.#deflated !== undefined) return this.#deflated;
    this.#coded = this.#recoded === undefined ? undefined : this.#code(this.#recoded);
    this.#deflated = this.#coded === undefined ? deflatePiece(this.#bytes) : deflatedAs(this.#bytes, this.#coded.data);
    this.#recoded = this.#bytes.length < MIN_RECODED_BYTES ? undefined : new Set();
    return this.#deflated;
  }

  #code(changed: ReadonlySet<number>): CodedBlocks {
    if (this.#coded === undefined) return CodedBlocks.of(this.#bytes, this.#ends);
    return this.#coded.update(
      this.#bytes,
      this.#ends,
      [...changed].sort((a, b) => a - b),
    );
  }

  /** Writes some blocks again, given in ascending order. Returns itself, or another piece where the bytes are held. */
  with(changes: readonly BlockChange[]): TextPiece {
    const ranges: Range[] = [];
    for (const { index, text } of changes) {
      const [start, end] = [this.#startOf(index), this.#endOf(index)];
      const length = Buffer.byteLength(text, this.#encoding);
      if (length === end - start && this.#bytes.toString(this.#encoding, start, end) === text) continue;
      ranges.push({ index, text, start, end, length });
    }
    return this.#write(ranges);
  }

  /**
   * The same for what stands between the last space and the line feed of blocks of one line.
   * @param values one for each index
   */
  withValues(indexes: readonly number[], values: readonly number[]): TextPiece {
    const ranges: Range[] = [];
    let piece: TextPiece | undefined;
    if (indexes.length > this.#ends.length * MAX_RECODED_SHARE) this.#recoded = undefined;
    for (let i = 0; i < indexes.length; i += 1) {
      const index = indexes[i] ?? 0;
      const end = this.#endOf(index) - 1;
      let start = end;
      while (this.#bytes[start - 1] !== SPACE) start -= 1;
      number.set(values[i] ?? Number.NaN);
      const length = number.end - number.start;
      if (length !== end - start) {
        ranges.push({ index, text: number.bytes.toString('latin1', number.start, number.end), start, end, length });
        continue;
      }
      // In place at once: a range for each of 100,000 would take longer than to write them.
      let at = 0;
      while (at < length && number.bytes[number.start + at] === this.#bytes[start + at]) at += 1;
      if (at === length) continue;
      piece ??= this.#unheld();
      for (; at < length; at += 1) piece.#bytes[start + at] = number.bytes[number.start + at] ?? 0;
      piece.#recoded?.add(index);
    }
    if (ranges.length > 0) {
      piece ??= this.#unheld();
      piece.#move(ranges);
    }
    return piece === undefined ? this : piece.#changed(ranges);
  }

  /**
   * The same for doubles of eight bytes, the lowest first.
   * @param places where each stands among the bytes, one for each index
   * @param values one for each index
   */
  withDoubles(indexes: readonly number[], places: readonly number[], values: readonly number[]): TextPiece {
    let piece: TextPiece | undefined;
    if (indexes.length > this.#ends.length * MAX_RECODED_SHARE) this.#recoded = undefined;
    for (let i = 0; i < indexes.length; i += 1) {
      const place = places[i] ?? 0;
      double.setFloat64(0, values[i] ?? Number.NaN, true);
      let at = 0;
      while (at < doubleBytes.length && doubleBytes[at] === this.#bytes[place + at]) at += 1;
      if (at === doubleBytes.length) continue;
      piece ??= this.#unheld();
      for (; at < doubleBytes.length; at += 1) piece.#bytes[place + at] = doubleBytes[at] ?? 0;
      piece.#recoded?.add(indexes[i] ?? 0);
    }
    return piece === undefined ? this : piece.#changed([]);
  }

  /** The same for the ends of blocks, as many bytes as the text has. */
  withEnds(changes: readonly BlockChange[]): TextPiece {
    const ranges: Range[] = [];
    for (const { index, text } of changes) {
      const end = this.#endOf(index);
      const { length } = text;
      if (this.#bytes.toString('latin1', end - length, end) === text) continue;
      ranges.push({ index, text, start: end - length, end, length });
    }
    return this.#write(ranges);
  }

  /** The text of each block. */
  blocks(encoding: TextEncoding): string[] {
    return Array.from(this.#ends, (end, index) => this.#bytes.toString(encoding, this.#startOf(index), end));
  }

  /** Where a block begins and ends among the bytes. */
  rangeOf(index: number): { readonly start: number; readonly end: number } {
    return { start: this.#startOf(index), end: this.#endOf(index) };
  }

  #write(ranges: readonly Range[]): TextPiece {
    if (ranges.length === 0) return this;
    const piece = this.#unheld();
    if (ranges.some(({ start, end, length }) => end - start !== length)) piece.#move(ranges);
    else for (const { text, start } of ranges) piece.#bytes.write(text, start, this.#encoding);
    return piece.#changed(ranges);
  }

  /** Notes that blocks have changed, those of some ranges among them. */
  #changed(ranges: readonly Range[]): this {
    this.#deflated = undefined;
    if (this.#recoded === undefined) return this;
    for (const { index } of ranges) this.#recoded.add(index);
    if (this.#recoded.size > this.#ends.length * MAX_RECODED_SHARE) this.#recoded = undefined;
    return this;
  }

  /** Itself, or another where the bytes are held. */
  #unheld(): TextPiece {
    return this.#holds === 0 ? this : this.#copy();
  }

  /** Writes ranges of other lengths than before. */
  #move(ranges: readonly Range[]): void {
    const ends = this.#ends;
    let length = this.#bytes.length;
    for (const range of ranges) length += range.length - (range.end - range.start);
    if (workspace.length < length) workspace = Buffer.allocUnsafeSlow(length * 2);
    let copied = 0;
    let at = 0;
    let next = 0;
    for (const { index, text, start, end, length: added } of ranges) {
      const shift = at - copied;
      at += this.#bytes.copy(workspace, at, copied, start);
      workspace.write(text, at, this.#encoding);
      at += added;
      for (; next < index; next += 1) ends[next] = (ends[next] ?? 0) + shift;
      copied = end;
    }
    const shift = at - copied;
    this.#bytes.copy(workspace, at, copied);
    for (; next < ends.length; next += 1) ends[next] = (ends[next] ?? 0) + shift;
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(Math.ceil(length * (1 + SLACK)));
    this.#bytes = this.#memory.subarray(0, length);
    workspace.copy(this.#bytes, 0, 0, length);
  }

  #copy(): TextPiece {
    const memory = Buffer.allocUnsafeSlow(this.#memory.length);
    this.#bytes.copy(memory);
    const piece = new TextPiece(memory, this.#bytes.length, new Uint32Array(this.#ends), this.#encoding);
    piece.#coded = this.#coded?.copy();
    piece.#recoded = this.#recoded && new Set(this.#recoded);
    return piece;
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#endOf(index - 1);
  }

  #endOf(index: number): number {
    return this.#ends[index] ?? this.#bytes.length;
  }
}
