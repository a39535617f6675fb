import type { Insights } from '../result/experiment-result.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import { metricUnit } from './metric-unit.js';
import { formatInterval, formatValue, unitSuffix } from './value-text.js';

/** A verdict in one word: true, false or inconclusive. */
export function verdictWord(verdict: SloVerdict | undefined): string {
  if (verdict === undefined || verdict.state === 'inconclusive') return 'inconclusive';
  return verdict.state === 'satisfied' ? 'true' : 'false';
}

/** A verdict's word, and the interval that decided where one did. */
export function verdictWithInterval(verdict: SloVerdict | undefined, metric: string, insights: Insights): string {
  const word = verdictWord(verdict);
  if (verdict?.interval === undefined) return word;
  const unit = metricUnit(insights, metric);
  return `${word} ${formatInterval(verdict.interval, unit)}${unitSuffix(unit)}`;
}

/** What was measured for a verdict: the value, and the interval where one decided; undefined without a value. */
export function measuredText(verdict: SloVerdict | undefined, metric: string, insights: Insights): string | undefined {
  if (verdict?.value === undefined) return undefined;
  const unit = metricUnit(insights, metric);
  const interval = verdict.interval === undefined ? '' : ` ${formatInterval(verdict.interval, unit)}`;
  return `${formatValue(verdict.value, unit)}${interval}${unitSuffix(unit)}`;
}
