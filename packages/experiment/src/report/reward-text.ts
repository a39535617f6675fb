import { versionLabel, type Insights } from '../result/experiment-result.js';
import type { RewardComparison, RewardOutcome } from '../result/reward.js';
import { adjustmentText, moreText } from './decision-words.js';
import { metricUnit } from './metric-unit.js';
import { formatChange, formatInterval, formatPercent, formatPValue, unitSuffix } from './value-text.js';

/** Who wins by a reward and how sure that is; or that nobody does, why, and what would decide it. */
export function rewardText(outcome: RewardOutcome, insights: Insights): string {
  const { best, comparisons = [], moreObservations, reason, winner } = outcome;
  const compared = comparisons.map((comparison) => comparisonText(comparison, outcome, insights)).join('; ');
  if (winner !== null) {
    const sure =
      outcome.confidence === undefined || compared === '' ? '' : `, ${formatPercent(outcome.confidence)} sure`;
    const why = [compared, reason ?? ''].filter((part) => part !== '').join('; ');
    return `${versionLabel(insights, winner)}${sure}${why === '' ? '' : `: ${why}`}`;
  }
  const lead = best === undefined || compared === '' ? '' : `; ${versionLabel(insights, best)} is ahead: ${compared}`;
  const more = moreObservations === undefined ? '' : `; ${moreText(moreObservations, 'the difference')}`;
  return `no winner: ${reason ?? 'the result gives no reason'}${lead}${more}`;
}

function comparisonText(
  { version, effect, interval, adjustedPValue, test, adjustment }: RewardComparison,
  { metric }: RewardOutcome,
  insights: Insights,
): string {
  const unit = metricUnit(insights, metric);
  const range = `${formatChange(effect, unit)} ${formatInterval(interval, unit)}${unitSuffix(unit)}`;
  return `${range} against ${versionLabel(insights, version)}, ${formatPValue(adjustedPValue)} (${test}${adjustmentText(adjustment)})`;
}
