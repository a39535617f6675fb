/** A number as reports show it: whole numbers as they are, others with two decimals, or as many as show two digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 0.1) return value.toFixed(2);
  // 0.00046 says more than 0.00.
  return String(Number(value.toPrecision(2)));
}

/** A metric's value with its unit, such as `15.60 (msec)`. */
export function formatMetric(value: number, unit: string | undefined): string {
  if (unit === undefined) return formatNumber(value);
  return `${unit === 'msec' ? value.toFixed(2) : formatNumber(value)} (${unit})`;
}
