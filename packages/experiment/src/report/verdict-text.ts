import type { Insights } from '../result/experiment-result.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';
import { isBaselineSlo } from '../result/slo.js';
import { adjustmentText } from './decision-words.js';
import { metricUnit } from './metric-unit.js';
import { formatChange, formatInterval, formatPercent, formatValue, unitSuffix } from './value-text.js';

/** A verdict in one word: true, false or inconclusive. */
export function verdictWord(verdict: SloVerdict | undefined): string {
  if (verdict === undefined || verdict.state === 'inconclusive') return 'inconclusive';
  return verdict.state === 'satisfied' ? 'true' : 'false';
}

/** A verdict's word, and the interval that decided where one did. */
export function verdictWithInterval(verdict: SloVerdict | undefined, slo: Slo, insights: Insights): string {
  const word = verdictWord(verdict);
  if (verdict?.interval === undefined) return word;
  if (verdict.change !== undefined) return `${word} ${changeText(verdict, slo, insights)}`;
  const unit = metricUnit(insights, slo.metric);
  return `${word} ${formatInterval(verdict.interval, unit)}${unitSuffix(unit)}`;
}

/** What was measured for a verdict: the value, and the interval where one decided; undefined without a value. */
export function measuredText(verdict: SloVerdict | undefined, slo: Slo, insights: Insights): string | undefined {
  if (verdict?.value === undefined) return undefined;
  const unit = metricUnit(insights, slo.metric);
  if (verdict.change !== undefined) {
    return `${formatValue(verdict.value, unit)}${unitSuffix(unit)}, ${changeText(verdict, slo, insights)}`;
  }
  const interval = verdict.interval === undefined ? '' : ` ${formatInterval(verdict.interval, unit)}`;
  return `${formatValue(verdict.value, unit)}${interval}${unitSuffix(unit)}`;
}

/** How a version differs from the baseline: `+1.2 % [-0.8 %, 3.1 % at 95 %] against the baseline`. */
export function changeText({ adjustment, change = 0, interval }: SloVerdict, slo: Slo, insights: Insights): string {
  const to = `against the baseline${adjustmentText(adjustment)}`;
  if (!isBaselineSlo(slo) || slo.margin.kind === 'absolute') {
    const unit = metricUnit(insights, slo.metric);
    const range = interval === undefined ? '' : ` ${formatInterval(interval, unit)}`;
    return `${formatChange(change, unit)}${range}${unitSuffix(unit)} ${to}`;
  }
  const share = (value: number): string => formatPercent(Number(value.toFixed(4)));
  const sign = change > 0 ? '+' : '';
  if (interval === undefined) return `${sign}${share(change)} ${to}`;
  const from = interval.low === undefined ? '-∞' : share(interval.low);
  const upTo = interval.high === undefined ? '∞' : share(interval.high);
  return `${sign}${share(change)} [${from}, ${upTo} at ${formatPercent(interval.level)}] ${to}`;
}
