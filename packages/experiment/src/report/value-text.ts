import type { ConfidenceInterval } from '../result/slo-verdict.js';

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

/** An interval, such as `[9.00, 10.00 at 95 %]`; a missing end is no bound. Its unit is to be shown beside it. */
export function formatInterval({ low, high, level }: ConfidenceInterval, unit: string | undefined): string {
  const from = low === undefined ? '-∞' : formatValue(low, unit);
  const to = high === undefined ? '∞' : formatValue(high, unit);
  return `[${from}, ${to} at ${formatPercent(level)}]`;
}

/** A share as a percentage: `97.5 %`. */
export function formatPercent(share: number): string {
  return `${formatNumber(Number((share * 100).toPrecision(12)))} %`;
}

/** A p value: `p = 0.03`, or `p < 0.001`. */
export function formatPValue(pValue: number): string {
  return pValue < 0.001 ? 'p < 0.001' : `p = ${formatNumber(pValue)}`;
}

/** A unit as it stands after a value: in parentheses, or nothing. */
export function unitSuffix(unit: string | undefined): string {
  return unit === undefined ? '' : ` (${unit})`;
}
