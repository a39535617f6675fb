import type { Insights } from '../result/experiment-result.js';
import { parseMetricName } from '../result/metric-name.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';

/**
 * Whether more data can no longer change the verdict, at the error rate that it states: each version violates an SLO for certain or
 * satisfies all that state a confidence, and each reward that does has its winner. Nothing is certain while data fail a check, or
 * where nothing states a confidence.
 */
export function isCertain(insights: Insights): boolean {
  if (insights.checks?.some(({ holds }) => !holds) === true) return false;
  const rewards = insights.numVersions > 1 ? insights.rewards.filter(({ confidence }) => confidence !== undefined) : [];
  if (rewards.length === 0 && !insights.slos.some((slo) => slo.confidence !== undefined)) return false;
  return (
    rewards.every(({ winner }) => winner !== null) &&
    insights.loads.every((_, version) => isVersionCertain(insights, version))
  );
}

/** The same of the SLOs of one version. */
function isVersionCertain(insights: Insights, version: number): boolean {
  const states = insights.slos.map((slo, index) => certaintyOf(slo, insights.verdicts[index]?.[version]));
  return states.includes('violated') || states.every((state) => state !== 'open');
}

/** How certain one verdict is. Without a confidence an estimate decides at any time: it holds nothing up. A count that only grows is certain beyond its limit. */
export function certaintyOf(
  slo: Slo,
  verdict: SloVerdict | undefined,
): 'violated' | 'satisfied' | 'open' | 'undecided by chance' {
  const reference = parseMetricName(slo.metric);
  const isCount =
    reference.source === 'load' && (reference.kind === 'request-count' || reference.kind === 'error-count');
  if (isCount) {
    if (slo.bound === 'upper') return verdict?.state === 'violated' ? 'violated' : 'undecided by chance';
    return verdict?.state === 'satisfied' ? 'satisfied' : 'open';
  }
  if (slo.confidence === undefined) return 'undecided by chance';
  return verdict === undefined || verdict.state === 'inconclusive' ? 'open' : verdict.state;
}
