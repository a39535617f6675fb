/** A number as reports show it: whole numbers as they are, others with two decimals, or as many as show two digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 0.1) return value.toFixed(2);
  // 0.00046 says more than 0.00.
  return String(Number(value.toPrecision(2)));
}

/** A metric's value, of milliseconds two decimals always; its unit is to be shown beside it. */
export function formatValue(value: number, unit: string | undefined): string {
  return unit === 'msec' ? value.toFixed(2) : formatNumber(value);
}

/** How much a metric's value changed, with its sign. */
export function formatChange(change: number, unit: string | undefined): string {
  return `${change > 0 ? '+' : ''}${formatValue(change, unit)}`;
}

/** A metric's value with its unit, such as `15.60 (msec)`. */
export function formatMetric(value: number, unit: string | undefined): string {
  return `${formatValue(value, unit)}${unitSuffix(unit)}`;
}

/** An interval, such as `[9.00, 10.00 at 95 %]`; a missing `high` is no bound. Its unit is to be shown beside it. */
export function formatInterval(
  { low, high, level }: { readonly low: number; readonly high?: number; readonly level: number },
  unit: string | undefined,
): string {
  const to = high === undefined ? '∞' : formatValue(high, unit);
  return `[${formatValue(low, unit)}, ${to} at ${formatNumber(level * 100)} %]`;
}

/** A unit as it stands after a value: in parentheses, or nothing. */
export function unitSuffix(unit: string | undefined): string {
  return unit === undefined ? '' : ` (${unit})`;
}
