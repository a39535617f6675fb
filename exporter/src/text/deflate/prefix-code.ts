/** A code for symbols: how many bits each has, and which, in the order in which deflate writes them. */
export interface PrefixCode {
  /** 0 for a symbol that has none. */
  readonly lengths: Uint8Array;
  readonly bits: Uint16Array;
}

/**
 * A code that takes the fewest bits for symbols as often as they are expected (Huffman, 1952), with at most `maxLength`
 * bits a symbol. Symbols expected zero times get none.
 */
export function prefixCode(weights: ArrayLike<number>, maxLength: number): PrefixCode {
  let wanted = Array.from(weights);
  let lengths = huffmanLengths(wanted);
  // Weights that differ less give a flatter tree.
  while (lengths.some((length) => length > maxLength)) {
    wanted = wanted.map((weight) => Math.ceil(weight / 2));
    lengths = huffmanLengths(wanted);
  }
  return { lengths, bits: canonicalBits(lengths, maxLength) };
}

function huffmanLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length);
  const leaves = [...weights.keys()].filter((symbol) => (weights[symbol] ?? 0) > 0);
  leaves.sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0));
  if (leaves.length === 1) lengths[leaves[0] ?? 0] = 1;
  if (leaves.length < 2) return lengths;
  // Of two queues, leaves and inner nodes, both ascending, the lightest two become one node until there is one.
  const count = leaves.length;
  const parents = new Array<number>(2 * count - 1).fill(0);
  const weightOf: number[] = leaves.map((symbol) => weights[symbol] ?? 0);
  let leaf = 0;
  let inner = count;
  const lightest = (): number => {
    const isLeaf = leaf < count && (inner >= weightOf.length || (weightOf[leaf] ?? 0) <= (weightOf[inner] ?? 0));
    return isLeaf ? leaf++ : inner++;
  };
  while (weightOf.length < 2 * count - 1) {
    const [one, other] = [lightest(), lightest()];
    parents[one] = weightOf.length;
    parents[other] = weightOf.length;
    weightOf.push((weightOf[one] ?? 0) + (weightOf[other] ?? 0));
  }
  const depths = new Array<number>(2 * count - 1).fill(0);
  for (let node = 2 * count - 3; node >= 0; node -= 1) depths[node] = (depths[parents[node] ?? 0] ?? 0) + 1;
  leaves.forEach((symbol, i) => {
    lengths[symbol] = depths[i] ?? 0;
  });
  return lengths;
}

/** The codes that follow from their lengths (RFC 1951, section 3.2.2), mirrored: deflate writes them from their highest bit on. */
function canonicalBits(lengths: Uint8Array, maxLength: number): Uint16Array {
  const counts = new Array<number>(maxLength + 1).fill(0);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  const next: number[] = [0];
  for (let length = 1; length <= maxLength; length += 1) {
    next[length] = ((next[length - 1] ?? 0) + (length === 1 ? 0 : (counts[length - 1] ?? 0))) << 1;
  }
  return Uint16Array.from(lengths, (length) => {
    if (length === 0) return 0;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    return mirrored(code, length);
  });
}

function mirrored(code: number, length: number): number {
  let bits = 0;
  for (let i = 0; i < length; i += 1) bits |= ((code >>> i) & 1) << (length - 1 - i);
  return bits;
}
