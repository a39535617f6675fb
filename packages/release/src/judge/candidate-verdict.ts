import { versionVerdict, type ExperimentResult, type Insights } from '@redmeter/experiment';
import type { StepVerdict } from '../rollout/rollout-state.js';

/**
 * The verdict of a result on the candidate of a release.
 *
 * @param versions The names of all versions, in the order of the release.
 * @param isAlone Whether the candidate has all users: then there is no version to compare it with, and SLOs against the baseline do not count.
 */
export function candidateVerdict(
  result: Pick<ExperimentResult, 'failureReason' | 'insights'>,
  candidate: string,
  versions: readonly string[],
  isAlone = false,
): StepVerdict {
  return versionVerdict(
    result,
    (insights) =>
      indexOfCandidate(insights, candidate, versions) ??
      `expected metrics of ${candidate} alone or of ${versions.join(', ')}, got ${insights.numVersions} versions`,
    isAlone,
  );
}

function indexOfCandidate(insights: Insights, candidate: string, versions: readonly string[]): number | undefined {
  const named = insights.versionNames.indexOf(candidate);
  if (named >= 0) return named;
  // Other names mean that the candidate is not among them.
  if (insights.versionNames.some((name) => name !== null)) return undefined;
  if (insights.numVersions === 1) return 0;
  return insights.numVersions === versions.length ? versions.indexOf(candidate) : undefined;
}
