/** Every finite double is a whole number of these units, 2^-1074. */
const SCALE = 1074n;

/** A finite double, without any rounding, in units of 2^-1074. */
export function exact(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return word >> 63n === 0n ? magnitude : -magnitude;
}

/** The double next to an exact number; of two that are equally near, the even one. */
export function nearest(units: bigint): number {
  const magnitude = units < 0n ? -units : units;
  const shift = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  const half = shift === 0n ? 0n : 1n << (shift - 1n);
  const rest = magnitude & ((1n << shift) - 1n);
  let digits = magnitude >> shift;
  if (shift > 0n && (rest > half || (rest === half && digits % 2n === 1n))) digits += 1n;
  const value = Number(digits) * 2 ** Number(shift - SCALE + 537n) * 2 ** -537;
  return units < 0n ? -value : value;
}

/** The distance to the next larger double. */
export function ulp(value: number): number {
  return 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(value) || Number.MIN_VALUE)) - 52);
}
