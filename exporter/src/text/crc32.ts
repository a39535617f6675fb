// The CRC of two texts in a row from those of each, as zlib's crc32_combine does it: the first is multiplied by x to
// the power of the second's bits, modulo the CRC's polynomial (reflected, so bit 31 is x^0).
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/** x^(2^n) modulo the polynomial, for each n. */
const POWERS = new Uint32Array(32);
POWERS[0] = 0x40000000;
for (let n = 1; n < 32; n += 1) {
  const previous = POWERS[n - 1] ?? 0;
  POWERS[n] = multiply(previous, previous);
}

function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor;
    factor = (factor & 1) !== 0 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}

/** What a CRC is multiplied by when so many bytes follow. */
export function crc32Shift(byteLength: number): number {
  let shift = ONE;
  // Eight bits a byte: start at x^(2^3).
  for (let n = 3, left = byteLength; left > 0; n += 1, left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(POWERS[n % 32] ?? 0, shift);
  }
  return shift;
}

/**
 * The CRC-32 of two pieces in a row.
 * @param first the CRC of the first
 * @param second the CRC of the second
 * @param shift crc32Shift of the second's length
 */
export function combineCrc32(first: number, second: number, shift: number): number {
  return (multiply(shift, first) ^ second) >>> 0;
}
