import { isCertain } from '../assess/is-certain.js';
import { versionLabel, type ExperimentResult, type Insights } from '../result/experiment-result.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';
import { moreText } from './decision-words.js';
import { metricUnit } from './metric-unit.js';
import { describeSlo } from './report-content.js';
import { rewardText } from './reward-text.js';
import { formatValue } from './value-text.js';
import { changeText } from './verdict-text.js';

/**
 * What was decided, how sure that is, and what would decide the rest: a sentence each. First what stands against any decision, then what is
 * violated, open and satisfied, then who wins.
 */
export function conclusions({ insights }: ExperimentResult): string[] {
  if (insights === undefined) return [];
  const verdicts = insights.slos.flatMap((slo, index) =>
    (insights.verdicts[index] ?? []).map((verdict, version) => ({ slo, verdict, version })),
  );
  const of = (state: SloVerdict['state']): typeof verdicts => verdicts.filter(({ verdict }) => verdict.state === state);
  return [
    ...checkSentences(insights),
    ...of('violated').map(({ slo, verdict, version }) => violatedSentence(insights, slo, verdict, version)),
    ...of('inconclusive').map(({ slo, verdict, version }) => openSentence(insights, slo, verdict, version)),
    ...insights.slos.flatMap((slo, index) => satisfiedSentence(insights, slo, index)),
    ...insights.rewards.map((outcome) => {
      const best = outcome.direction === 'max' ? 'highest' : 'lowest';
      const lead = outcome.winner === null ? '' : 'the winner is ';
      return `By the ${best} ${outcome.metric}, ${lead}${rewardText(outcome, insights)}.`;
    }),
    ...lookSentences(insights),
  ];
}

/** Whether conclusions say more than the words true and false. */
export function needConclusions({ insights }: ExperimentResult): boolean {
  if (insights === undefined) return false;
  const isPlain = insights.slos.every(
    ({ confidence }, index) =>
      confidence === undefined && insights.verdicts[index]?.every(({ state }) => state === 'satisfied') === true,
  );
  return !isPlain || insights.rewards.length > 0 || checkSentences(insights).length > 0;
}

function checkSentences({ checks = [] }: Insights): string[] {
  return checks
    .filter(({ holds }) => !holds)
    .map(({ finding }) => `The data cannot be trusted, so nothing is decided: ${finding}.`);
}

function violatedSentence(insights: Insights, slo: Slo, verdict: SloVerdict, version: number): string {
  return `${describeSlo(slo)} is violated${by(insights, [version])}: ${measured(insights, slo, verdict)}.`;
}

function openSentence(insights: Insights, slo: Slo, verdict: SloVerdict, version: number): string {
  const { reason = 'no reason is given', moreObservations, value, change } = verdict;
  const where = insights.numVersions > 1 ? ` for ${versionLabel(insights, version)}` : '';
  const what = change === undefined ? 'value' : 'change';
  const more =
    moreObservations === undefined
      ? ''
      : ` ${capitalized(moreText(moreObservations, `the ${what}`, change === undefined ? '' : undefined))}.`;
  const found = value === undefined ? '' : ` (${measured(insights, slo, verdict)})`;
  return `${describeSlo(slo)} is inconclusive${where}: ${reason}${found}.${more}`;
}

function satisfiedSentence(insights: Insights, slo: Slo, index: number): string[] {
  const verdicts = insights.verdicts[index] ?? [];
  const versions = verdicts.flatMap(({ state }, version) => (state === 'satisfied' ? [version] : []));
  if (versions.length === 0) return [];
  const [only] = versions;
  const detail =
    versions.length === 1 && only !== undefined
      ? `: ${measured(insights, slo, verdicts[only] ?? { state: 'satisfied' })}`
      : '';
  return [`${describeSlo(slo)} is satisfied${by(insights, versions)}${detail}.`];
}

function by(insights: Insights, versions: readonly number[]): string {
  if (insights.numVersions === 1) return '';
  if (versions.length === insights.numVersions) return ' by all versions';
  return ` by ${versions.map((version) => versionLabel(insights, version)).join(' and ')}`;
}

/** `47.95 msec, between 45.25 and 54.11`, or how the version differs from the baseline. */
function measured(insights: Insights, slo: Slo, verdict: SloVerdict): string {
  const { value, change, interval } = verdict;
  if (change !== undefined) return changeText(verdict, slo, insights);
  if (value === undefined) return 'no value';
  const unit = metricUnit(insights, slo.metric);
  const shown = `${formatValue(value, unit)}${unit === undefined ? '' : ` ${unit}`}`;
  if (interval === undefined) return `${shown}${slo.confidence === undefined ? ', by the estimate alone' : ''}`;
  return `${shown}, ${rangeWords(interval, unit)}`;
}

function rangeWords(
  { low, high }: { readonly low?: number; readonly high?: number },
  unit: string | undefined,
): string {
  if (low === undefined && high === undefined) return 'without a bound';
  if (low === undefined) return `at most ${formatValue(high ?? 0, unit)}`;
  if (high === undefined) return `at least ${formatValue(low, unit)}`;
  return `between ${formatValue(low, unit)} and ${formatValue(high, unit)}`;
}

function lookSentences(insights: Insights): string[] {
  const { looks, slos, rewards } = insights;
  const isSure = [...slos, ...rewards].some(({ confidence }) => confidence !== undefined);
  if (looks?.validity !== 'every look' || !isSure) return [];
  const several = `This is look ${looks.count} at these data; intervals and p values hold at every look, however often the verdict is computed.`;
  const certain = isCertain(insights)
    ? ['The verdict is certain: at the stated confidence, more data cannot change it.']
    : [];
  if (looks.earlierOneLooks === 0) return [several, ...certain];
  const earlier =
    looks.earlierOneLooks === 1
      ? 'An earlier look was judged as if it were the only one: together, the two looks may be wrong twice as often as stated.'
      : `${looks.earlierOneLooks} earlier looks were each judged as if they were the only one: together, all looks may be wrong more often than stated.`;
  return [several, ...certain, `${earlier} Announce looks with "looks" in the assess task.`];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
