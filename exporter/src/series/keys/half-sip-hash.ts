/** A secret that hashes depend on. */
export interface HashKey {
  /** The first four bytes, the lowest first. */
  readonly low: number;
  /** The other four. */
  readonly high: number;
}

/** Of SipHash (Aumasson and Bernstein, 2012), as its half-width variant has them. */
const [START_2, START_3] = [0x6c796765, 0x74656462];
const END = 0xff;
const FINAL_ROUNDS = 3;

/**
 * HalfSipHash-1-3 with a result of 32 bits: a hash for tables of keys that others choose. Who does not know the secret cannot
 * find keys that collide. Linux uses it for the same.
 * @param text the bytes, one a character
 */
export function halfSipHash({ low, high }: HashKey, text: string): number {
  const { length } = text;
  const words = length >>> 2;
  let v0 = low;
  let v1 = high;
  let v2 = START_2 ^ low;
  let v3 = START_3 ^ high;
  for (let i = 0; i <= words + FINAL_ROUNDS; i += 1) {
    const word = i < words ? wordAt(text, 4 * i) : i === words ? lastWord(text) : 0;
    if (i === words + 1) v2 ^= END;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}

function wordAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

/** The bytes that fill no word, and above them the length. */
function lastWord(text: string): number {
  const { length } = text;
  const whole = length & ~3;
  let word = length << 24;
  for (let at = whole; at < length; at += 1) word |= text.charCodeAt(at) << (8 * (at - whole));
  return word;
}
