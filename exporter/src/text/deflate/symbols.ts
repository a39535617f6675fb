// The alphabets of deflate (RFC 1951, section 3.2.5).

export const END_OF_BLOCK = 256;
/** Literals, the end of a block, and lengths. */
export const LITERAL_SYMBOLS = 286;
export const DISTANCE_SYMBOLS = 30;
export const MAX_MATCH = 258;
export const MAX_DISTANCE = 32_768;

const FIRST_LENGTH = 257;

/** The first length of each symbol from 257 on, and how many bits choose among those that follow it. */
export const LENGTH_EXTRA = new Uint8Array(LITERAL_SYMBOLS);
export const LENGTH_BASE = new Uint16Array(LITERAL_SYMBOLS);
/** The symbol of each length. */
export const LENGTH_SYMBOL = new Uint16Array(MAX_MATCH + 1);

export const DISTANCE_EXTRA = new Uint8Array(DISTANCE_SYMBOLS);
export const DISTANCE_BASE = new Uint16Array(DISTANCE_SYMBOLS);

let length = 3;
for (let symbol = FIRST_LENGTH; symbol < LITERAL_SYMBOLS - 1; symbol += 1) {
  const extra = Math.max(0, ((symbol - FIRST_LENGTH) >> 2) - 1);
  LENGTH_EXTRA[symbol] = extra;
  LENGTH_BASE[symbol] = length;
  for (let i = 0; i < 2 ** extra && length <= MAX_MATCH; i += 1) LENGTH_SYMBOL[length++] = symbol;
}
// The greatest length has a symbol of its own.
LENGTH_BASE[LITERAL_SYMBOLS - 1] = MAX_MATCH;
LENGTH_SYMBOL[MAX_MATCH] = LITERAL_SYMBOLS - 1;

let distance = 1;
for (let symbol = 0; symbol < DISTANCE_SYMBOLS; symbol += 1) {
  const extra = Math.max(0, (symbol >> 1) - 1);
  DISTANCE_EXTRA[symbol] = extra;
  DISTANCE_BASE[symbol] = distance;
  distance += 2 ** extra;
}

/** The symbol of a distance. */
export function distanceSymbol(of: number): number {
  if (of <= 4) return of - 1;
  const above = of - 1;
  const power = 31 - Math.clz32(above);
  return 2 * power + ((above >>> (power - 1)) & 1);
}
