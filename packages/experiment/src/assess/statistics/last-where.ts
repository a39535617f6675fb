/** The last number from `from` to `to` for which a condition holds that holds up to some number and for none above. */
export function lastWhere(from: number, to: number, holds: (count: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
