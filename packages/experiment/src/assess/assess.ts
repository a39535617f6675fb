import type { Insights } from '../result/experiment-result.js';
import type { Rewards, Slo } from '../spec/assess-input.js';
import { compareVersions } from './compare-versions.js';
import { judgeRewards } from './rewards.js';
import { judgeSlo } from './slo-verdict.js';

/** Judges all versions anew: verdicts by SLO and version, winners by reward, comparisons with the first version. */
export function assess(insights: Insights, slos: readonly Slo[], rewards: Rewards): Insights {
  const verdicts = slos.map((slo) =>
    Array.from({ length: insights.numVersions }, (_, version) => judgeSlo(insights, version, slo)),
  );
  const judged = { ...insights, slos, verdicts, comparisons: compareVersions(insights) };
  return { ...judged, rewards: judgeRewards(judged, rewards) };
}
