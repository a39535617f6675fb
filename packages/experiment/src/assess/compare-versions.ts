import type { Comparison } from '../result/comparison.js';
import type { Insights } from '../result/experiment-result.js';
import { inIter8Layout, type LatencySummary } from '../result/latency-summary.js';
import type { LoadSummary } from '../result/load-summary.js';
import type { SampleMoments } from '../result/sample-moments.js';
import { holmAdjusted } from './statistics/holm.js';
import { mannWhitneyTest } from './statistics/mann-whitney.js';
import { welchTest } from './statistics/mean.js';
import { fisherExactTest, newcombeInterval } from './statistics/proportion.js';

type Uncorrected = Omit<Comparison, 'adjustedPValue'>;

const LEVEL = 0.95;

/** Compares every later version with the first: load by load mean latency, distribution of latency and error rate, then the means of samples. */
export function compareVersions(insights: Insights): Comparison[] {
  const [baseline, ...others] = insights.loads;
  if (baseline === undefined) return [];
  const uncorrected = others.flatMap((loads, index) => [
    ...Object.keys(baseline)
      .sort()
      .flatMap((group) => {
        const first = baseline[group];
        const later = loads[group];
        return first === undefined || later === undefined ? [] : compareLoads(group, index + 1, first, later);
      }),
    ...compareSamples(insights, index + 1),
  ]);
  const adjusted = holmAdjusted(uncorrected.map(({ pValue }) => pValue));
  return uncorrected.map((comparison, index) => ({ ...comparison, adjustedPValue: adjusted[index] ?? 1 }));
}

function compareLoads(group: string, version: number, baseline: LoadSummary, later: LoadSummary): Uncorrected[] {
  const common = { version, baseline: 0 } as const;
  const comparisons = compareMeans(
    `${group}/mean-latency`,
    version,
    momentsOf(baseline.latency),
    momentsOf(later.latency),
  );
  const ranks = rankTest(later.latency, baseline.latency);
  if (ranks !== undefined) {
    comparisons.push({
      ...common,
      metric: `${group}/latency`,
      measure: 'superiority',
      effect: ranks.superiority,
      test: 'Mann–Whitney',
      pValue: ranks.pValue,
    });
  }
  if (later.requests > 0 && baseline.requests > 0) {
    const one = { successes: later.errors, trials: later.requests };
    const other = { successes: baseline.errors, trials: baseline.requests };
    comparisons.push({
      ...common,
      metric: `${group}/error-rate`,
      measure: 'difference',
      effect: later.errors / later.requests - baseline.errors / baseline.requests,
      interval: { ...newcombeInterval(one, other, LEVEL), level: LEVEL },
      test: 'Fisher exact',
      pValue: fisherExactTest(one, other),
    });
  }
  return comparisons;
}

function compareSamples({ metricSamples = [] }: Insights, version: number): Uncorrected[] {
  return Object.entries(metricSamples[0] ?? {}).flatMap(([metric, baseline]) => {
    const later = metricSamples[version]?.[metric];
    return later === undefined ? [] : compareMeans(metric, version, baseline, later);
  });
}

function compareMeans(metric: string, version: number, baseline: SampleMoments, later: SampleMoments): Uncorrected[] {
  const welch = welchTest(later, baseline, LEVEL);
  if (welch === undefined) return [];
  return [
    {
      metric,
      version,
      baseline: 0,
      measure: 'difference',
      effect: welch.difference,
      interval: { ...welch.interval, level: LEVEL },
      standardizedEffect: welch.hedgesG,
      test: 'Welch',
      pValue: welch.pValue,
    },
  ];
}

function momentsOf(latency: LatencySummary): SampleMoments {
  return { count: latency.count, mean: latency.meanMs, squaredDeviations: latency.squaredDeviationsMs2 };
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
