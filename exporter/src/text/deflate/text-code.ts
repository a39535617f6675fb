import type { BitWriter } from './bit-writer.js';
import { prefixCode, type PrefixCode } from './prefix-code.js';
import {
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCE_SYMBOLS,
  distanceSymbol,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LENGTH_SYMBOL,
  LITERAL_SYMBOLS,
} from './symbols.js';
import type { Tokens } from './tokens.js';

const MAX_CODE_LENGTH = 15;
/** How much more often a token counts that was seen than one that was not, but may be in what changes later. */
const SEEN_WEIGHT = 16;
/** Of the code for code lengths. */
const MAX_LENGTH_CODE_LENGTH = 7;
const LENGTH_CODE_SYMBOLS = 19;
const LENGTH_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** The symbol that repeats the code length before it three to six times. */
const REPEAT = 16;

/** The codes of one deflate block, in which every token can be written. */
export class TextCode {
  readonly #literals: PrefixCode;
  readonly #distances: PrefixCode;

  private constructor(literals: PrefixCode, distances: PrefixCode) {
    this.#literals = literals;
    this.#distances = distances;
  }

  /** Codes for what is like some tokens. */
  static for({ values, length }: Tokens): TextCode {
    const literals = new Float64Array(LITERAL_SYMBOLS).fill(1);
    const distances = new Float64Array(DISTANCE_SYMBOLS).fill(1);
    const see = (weights: Float64Array, symbol: number): void => {
      weights[symbol] = (weights[symbol] ?? 0) + SEEN_WEIGHT;
    };
    for (let i = 0; i < length; i += 1) {
      const token = values[i] ?? 0;
      const matched = token >>> 16;
      if (matched === 0) see(literals, token);
      else {
        see(literals, LENGTH_SYMBOL[matched] ?? 0);
        see(distances, distanceSymbol((token & 0xffff) + 1));
      }
    }
    return new TextCode(prefixCode(literals, MAX_CODE_LENGTH), prefixCode(distances, MAX_CODE_LENGTH));
  }

  /** Begins a block that is not the last, with these codes (RFC 1951, section 3.2.7). */
  writeHeader(writer: BitWriter): void {
    const symbols = repeated([...this.#literals.lengths, ...this.#distances.lengths]);
    const weights = new Float64Array(LENGTH_CODE_SYMBOLS);
    for (const { symbol } of symbols) weights[symbol] = (weights[symbol] ?? 0) + 1;
    const code = prefixCode(weights, MAX_LENGTH_CODE_LENGTH);
    writer.put(0b100, 3);
    writer.put(LITERAL_SYMBOLS - 257, 5);
    writer.put(DISTANCE_SYMBOLS - 1, 5);
    writer.put(LENGTH_CODE_SYMBOLS - 4, 4);
    for (const symbol of LENGTH_CODE_ORDER) writer.put(code.lengths[symbol] ?? 0, 3);
    for (const { symbol, extra } of symbols) {
      writer.put(code.bits[symbol] ?? 0, code.lengths[symbol] ?? 0);
      if (symbol === REPEAT) writer.put(extra, 2);
    }
  }

  /** Writes some tokens. */
  write(writer: BitWriter, { values }: Tokens, from: number, to: number): void {
    const { bits, lengths } = this.#literals;
    for (let i = from; i < to; i += 1) {
      const token = values[i] ?? 0;
      const matched = token >>> 16;
      const symbol = matched === 0 ? token : (LENGTH_SYMBOL[matched] ?? 0);
      writer.put(bits[symbol] ?? 0, lengths[symbol] ?? 0);
      if (matched === 0) continue;
      writer.put(matched - (LENGTH_BASE[symbol] ?? 0), LENGTH_EXTRA[symbol] ?? 0);
      const distance = (token & 0xffff) + 1;
      const of = distanceSymbol(distance);
      writer.put(this.#distances.bits[of] ?? 0, this.#distances.lengths[of] ?? 0);
      writer.put(distance - (DISTANCE_BASE[of] ?? 0), DISTANCE_EXTRA[of] ?? 0);
    }
  }

  /** Ends the block on a byte, with an empty one that is stored. */
  writeEnd(writer: BitWriter): void {
    writer.put(this.#literals.bits[END_OF_BLOCK] ?? 0, this.#literals.lengths[END_OF_BLOCK] ?? 0);
    writer.put(0, 3);
    writer.align();
    writer.put(0xffff_0000, 32);
  }
}

/** Code lengths as the symbols that stand for them, repeats as such. */
function repeated(lengths: readonly number[]): { readonly symbol: number; readonly extra: number }[] {
  const symbols: { symbol: number; extra: number }[] = [];
  for (let i = 0; i < lengths.length;) {
    const symbol = lengths[i] ?? 0;
    symbols.push({ symbol, extra: 0 });
    i += 1;
    let more = 0;
    while (lengths[i + more] === symbol) more += 1;
    i += more;
    for (; more >= 3; more -= Math.min(more, 6)) symbols.push({ symbol: REPEAT, extra: Math.min(more, 6) - 3 });
    for (; more > 0; more -= 1) symbols.push({ symbol, extra: 0 });
  }
  return symbols;
}
