import type { Adjustment, MoreObservations, SloVerdict } from '../result/slo-verdict.js';
import { formatNumber } from './value-text.js';

/** What would decide: `about 340 more requests of each version would decide, if the difference stays as it is`. */
export function moreText({ count, unit }: MoreObservations, what: string, each = ' of each version'): string {
  return `about ${count.toLocaleString('en-US')} more ${unit}${each} would decide, if ${what} stays as it is`;
}

/** Why a verdict is inconclusive, and what would decide it. */
export function inconclusiveText({ change, moreObservations, reason = 'no reason is given' }: SloVerdict): string {
  if (moreObservations === undefined) return reason;
  const what = change === undefined ? 'the value' : 'the change';
  return `${reason}; ${moreText(moreObservations, what, change === undefined ? '' : undefined)}`;
}

/** How much a covariate explains, after the name of a test; nothing without one. */
export function adjustmentText(adjustment: Adjustment | undefined): string {
  if (adjustment === undefined) return '';
  const { covariate, varianceExplained } = adjustment;
  return `, ${covariate} explains ${formatNumber(Math.round(1000 * varianceExplained) / 10)} % of the variance`;
}
