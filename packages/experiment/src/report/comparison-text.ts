import type { Comparison } from '../result/comparison.js';
import type { Insights } from '../result/experiment-result.js';
import { adjustmentText } from './decision-words.js';
import { metricUnit } from './metric-unit.js';
import { formatChange, formatInterval, formatNumber, formatPValue, unitSuffix } from './value-text.js';

/** What a comparison found, in words: the effect with its interval and unit, its size in standard deviations, its corrected p value. */
export function describeComparison(comparison: Comparison, insights: Insights): string {
  const { adjustedPValue, adjustment, effect, interval, measure, metric, standardizedEffect, test } = comparison;
  const p = formatPValue(adjustedPValue);
  if (measure === 'superiority') return `slower with probability ${formatNumber(effect)}, ${p} (${test})`;
  const unit = metricUnit(insights, metric);
  const range = interval === undefined ? '' : ` ${formatInterval(interval, unit)}`;
  const size = standardizedEffect === undefined ? '' : `, Hedges' g ${formatNumber(standardizedEffect)}`;
  return `${formatChange(effect, unit)}${range}${unitSuffix(unit)}${size}, ${p} (${test}${adjustmentText(adjustment)})`;
}
