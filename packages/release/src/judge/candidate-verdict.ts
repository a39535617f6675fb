import { isBaselineSlo, type ExperimentResult, type Insights, type Slo, type SloVerdict } from '@redmeter/experiment';
import type { StepVerdict } from '../rollout/rollout-state.js';

/**
 * What a result says of the candidate of a release.
 *
 * @param versions The names of all versions, in the order of the release.
 * @param isAlone Whether the candidate has all users: then nobody is left to compare it with, and SLOs against the baseline do not count.
 */
export function candidateVerdict(
  { failureReason, insights }: Pick<ExperimentResult, 'failureReason' | 'insights'>,
  candidate: string,
  versions: readonly string[],
  isAlone = false,
): StepVerdict {
  if (failureReason !== undefined) return missing(failureReason);
  if (insights === undefined || insights.slos.length === 0) return missing('no SLO was judged');
  const version = indexOfCandidate(insights, candidate, versions);
  if (version === undefined) {
    return missing(
      `expected metrics of ${candidate} alone or of ${versions.join(', ')}, got ${insights.numVersions} versions`,
    );
  }
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

function indexOfCandidate(insights: Insights, candidate: string, versions: readonly string[]): number | undefined {
  const named = insights.versionNames.indexOf(candidate);
  if (named >= 0) return named;
  // Names that are others say that it is not among them.
  if (insights.versionNames.some((name) => name !== null)) return undefined;
  if (insights.numVersions === 1) return 0;
  return insights.numVersions === versions.length ? versions.indexOf(candidate) : undefined;
}

function missing(reason: string): StepVerdict {
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
