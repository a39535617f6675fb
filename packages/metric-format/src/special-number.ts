const SPECIAL: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

/**
 * A number that JSON may have had to write as text: `"NaN"`, `"+Inf"`, `"-Inf"`. Undefined for anything else, also for
 * a number too large for a double (`1e400`): infinity is said in words.
 */
export function readSpecialNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return SPECIAL.get(value);
}

/** A time in milliseconds since the epoch; undefined for anything but a finite number, at least 0. */
export function readTime(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
