/**
 * Compares texts by their UTF-8 bytes, the order of every reader: negative when `a` comes first. `<` compares UTF-16 units,
 * where U+10000 and up come before U+E000.
 */
export function compareBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return inByteOrder(left) - inByteOrder(right);
  }
  return a.length - b.length;
}

/** Puts the surrogates, which stand for U+10000 and up, above U+FFFF. */
function inByteOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
