import type { Comparison } from '../assess/compare-versions.js';
import { formatNumber } from './value-text.js';

/** What a comparison found, in words: the effect, its interval and its corrected p value. */
export function describeComparison(comparison: Comparison): string {
  const { adjustedPValue, effect, interval, measure, test } = comparison;
  const p = adjustedPValue < 0.001 ? 'p < 0.001' : `p = ${formatNumber(adjustedPValue)}`;
  if (measure === 'superiority') return `slower with probability ${formatNumber(effect)}, ${p} (${test})`;
  const sign = effect > 0 ? '+' : '';
  const range =
    interval === undefined
      ? ''
      : ` [${formatNumber(interval.low)}, ${formatNumber(interval.high)} at ${formatNumber(interval.level * 100)} %]`;
  return `${sign}${formatNumber(effect)}${range}, ${p} (${test})`;
}
