import type { Point } from './history.js';
import type { FamilyState } from './live-model.js';
import { formatNumber, formatRate, formatValue, unitOf } from './number-format.js';

/** What a family comes to, in two texts and a line. */
export interface Figures {
  readonly main: string;
  readonly detail: string;
  readonly line: readonly Point[];
}

/** Of a count its rate, of a gauge its value, of a histogram its slowest p95. */
export function figuresOf({ summary, history, percentiles }: FamilyState): Figures {
  const unit = unitOf(summary.name, summary.unit);
  if (summary.type === 'gauge') {
    const { min, max } = summary;
    const isOne = min === max;
    return {
      main: formatValue(max, unit),
      detail: isOne || min === null ? '' : `min ${formatValue(min, unit)}`,
      line: history.values(),
    };
  }
  const rates = history.rates();
  const rate = formatRate(rates.at(-1)?.value);
  if (summary.type === 'counter') return { main: rate, detail: formatValue(summary.sum, unit), line: rates };
  const p95 = summary.percentiles?.[1] ?? null;
  if (p95 === null) return { main: rate, detail: `${formatNumber(summary.sum)} in total`, line: rates };
  return { main: `p95 ${formatValue(p95, unit)}`, detail: rate, line: percentiles.values() };
}
