import type { ExperimentResult, Insights } from '../result/experiment-result.js';
import { isBaselineSlo, type Slo } from '../result/slo.js';
import type { SloVerdict } from '../result/slo-verdict.js';

/** What a result says of one version, in a word. */
export type VersionVerdict =
  | { readonly kind: 'satisfied' }
  | { readonly kind: 'violated'; readonly reason: string }
  /** There are data, but too few to decide. */
  | { readonly kind: 'inconclusive'; readonly reason: string }
  /** There are no data. */
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * What a result says of one version: one SLO that is violated decides, and all must be satisfied.
 *
 * @param versionOf The index of the version, or why there is none.
 * @param isAlone Whether it has all users: then nobody is left to compare it with, and SLOs against the baseline do not count.
 */
export function versionVerdict(
  { failureReason, insights }: Pick<ExperimentResult, 'failureReason' | 'insights'>,
  versionOf: (insights: Insights) => number | string,
  isAlone = false,
): VersionVerdict {
  if (failureReason !== undefined) return missing(failureReason);
  if (insights === undefined || insights.slos.length === 0) return missing('no SLO was judged');
  const version = versionOf(insights);
  if (typeof version === 'string') return missing(version);
  const judged = insights.slos
    .map((slo, index) => ({ slo, verdict: insights.verdicts[index]?.[version] }))
    .filter(({ slo }) => !isAlone || !isBaselineSlo(slo));
  if (judged.length === 0) return missing('no SLO with a limit was judged');
  const violated = judged.find(({ verdict }) => verdict?.state === 'violated');
  if (violated !== undefined) return { kind: 'violated', reason: sloText(violated.slo, violated.verdict) };
  const open = judged.filter(({ verdict }) => verdict?.state !== 'satisfied');
  const [first] = open;
  if (first === undefined) return { kind: 'satisfied' };
  const reason = sloText(first.slo, first.verdict);
  return open.every(({ verdict }) => verdict?.value === undefined) ? missing(reason) : { kind: 'inconclusive', reason };
}

function missing(reason: string): VersionVerdict {
  return { kind: 'missing', reason };
}

function sloText(slo: Slo, verdict: SloVerdict | undefined): string {
  const wanted = isBaselineSlo(slo)
    ? 'as good as the first version'
    : `${slo.bound === 'upper' ? 'at most' : 'at least'} ${slo.limit}`;
  const value = verdict?.value === undefined ? 'no value' : String(Number(verdict.value.toPrecision(6)));
  const why = verdict?.reason === undefined ? '' : `: ${verdict.reason}`;
  return `expected ${slo.metric} ${wanted}, got ${value}${why}`;
}
