/** `fraction * 2 ** exponent`, rounded once. */
export function scaled(fraction: number, exponent: number): number {
  if (exponent > 1023) return fraction * 2 ** (exponent - 53) * 2 ** 53;
  // 2^-1074 and below are subnormal: a factor above them keeps the rounding to the last step.
  return exponent < -1021 ? fraction * 2 ** (exponent + 53) * 2 ** -53 : fraction * 2 ** exponent;
}
