import type { Comparison } from '../result/comparison.js';
import type { Insights } from '../result/experiment-result.js';
import { inIter8Layout, type LatencySummary } from '../result/latency-summary.js';
import { metricValueOf } from '../result/metric-value.js';
import { failedCheckOf } from './data-checks.js';
import { evidenceDifference, plannedShare } from './evidence/evidence-difference.js';
import { evidenceOf, type Evidence } from './evidence/evidence.js';
import { plannedSizeOf } from './planned-size.js';
import { holmAdjusted } from './statistics/holm.js';
import { mannWhitneyTest } from './statistics/mann-whitney.js';
import { sequentialPValue } from './statistics/sequential-mixture.js';
import { confidenceInterval } from './confidence-interval.js';

type Uncorrected = Omit<Comparison, 'adjustedPValue'>;

/** One metric of two versions, and the share of the planned sizes that they have; undefined for one look. */
type Pair = { readonly later: Evidence; readonly baseline: Evidence; readonly share: number | undefined };

const LEVEL = 0.95;

// Views of the users' mean, which is compared: each further comparison would cost the others by the correction. SLOs and rewards may name them.
const ONLY_ON_DEMAND = /^abn\/.+\/(?:mean|exposed-mean|user-share)$/;

/**
 * Compares every later version with the first: load by load mean latency, distribution of latency and error rate, then what back ends tell
 * the observations of. Not by data that fail a check.
 */
export function compareVersions(insights: Insights): Comparison[] {
  const [baseline, ...others] = insights.loads;
  if (baseline === undefined) return [];
  const uncorrected = others.flatMap((_, index) => [
    ...Object.keys(baseline)
      .sort()
      .flatMap((group) => compareLoads(insights, group, index + 1)),
    ...compareSamples(insights, index + 1),
  ]);
  const adjusted = holmAdjusted(uncorrected.map(({ pValue }) => pValue));
  return uncorrected.map((comparison, index) => ({ ...comparison, adjustedPValue: adjusted[index] ?? 1 }));
}

function compareLoads(insights: Insights, group: string, version: number): Uncorrected[] {
  const baseline = insights.loads[0]?.[group];
  const later = insights.loads[version]?.[group];
  if (baseline === undefined || later === undefined) return [];
  return [
    ...compareMetric(insights, `${group}/mean-latency`, version),
    ...compareDistributions(insights, group, version, baseline.latency, later.latency),
    ...compareMetric(insights, `${group}/error-rate`, version),
  ];
}

function compareDistributions(
  insights: Insights,
  group: string,
  version: number,
  baseline: LatencySummary,
  later: LatencySummary,
): Uncorrected[] {
  const ranks = rankTest(later, baseline);
  if (ranks === undefined) return [];
  const share = pairOf(insights, `${group}/mean-latency`, version)?.share;
  return [
    {
      version,
      baseline: 0,
      metric: `${group}/latency`,
      measure: 'superiority',
      effect: ranks.superiority,
      test: 'Mann–Whitney',
      pValue: share === undefined ? ranks.pValue : sequentialPValue(ranks.pValue, LEVEL, share),
    },
  ];
}

function compareSamples(insights: Insights, version: number): Uncorrected[] {
  return Object.keys(insights.metricSamples?.[0] ?? {})
    .filter((metric) => !ONLY_ON_DEMAND.test(metric))
    .filter((metric) => failedCheckOf(insights, metric) === undefined)
    .flatMap((metric) => compareMetric(insights, metric, version));
}

function compareMetric(insights: Insights, metric: string, version: number): Uncorrected[] {
  const pair = pairOf(insights, metric, version);
  if (pair === undefined) return [];
  const found = evidenceDifference(pair.later, pair.baseline, LEVEL, pair.share);
  if (found.kind === 'untested') return [];
  const { effect, interval, pValue, test, standardizedEffect, adjustment } = found;
  return [
    {
      metric,
      version,
      baseline: 0,
      measure: 'difference',
      effect,
      interval: confidenceInterval(interval, LEVEL, pair.share !== undefined),
      ...(standardizedEffect === undefined ? {} : { standardizedEffect }),
      test,
      pValue,
      ...(adjustment === undefined ? {} : { adjustment }),
    },
  ];
}

function pairOf(insights: Insights, metric: string, version: number): Pair | undefined {
  const [first, other] = [metricValueOf(insights, 0, metric), metricValueOf(insights, version, metric)];
  if (first.kind === 'missing' || other.kind === 'missing') return undefined;
  const [baseline, later] = [evidenceOf(first), evidenceOf(other)];
  const planned = [plannedSizeOf(insights, version, other), plannedSizeOf(insights, 0, first)] as const;
  return { later, baseline, share: plannedShare(later, baseline, planned) };
}

function rankTest(one: LatencySummary, other: LatencySummary): ReturnType<typeof mannWhitneyTest> {
  const isSameLayout = one.layout === other.layout;
  return mannWhitneyTest(
    bucketValues(isSameLayout ? one : inIter8Layout(one)),
    bucketValues(isSameLayout ? other : inIter8Layout(other)),
  );
}

// Values in one bucket are ties. Ranks need only the order of the buckets, which is that of their indices.
function bucketValues(latency: LatencySummary): { value: number; count: number }[] {
  return latency.buckets.map(({ index, count }) => ({ value: index, count }));
}
