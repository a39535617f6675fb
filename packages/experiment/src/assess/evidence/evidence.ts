import { histogramBuckets, histogramCount, type Histogram } from '../../result/histogram.js';
import { bucketsOf, type LatencySummary } from '../../result/latency-summary.js';
import type { LoadSummary } from '../../result/load-summary.js';
import type { Covariate, MetricSample } from '../../result/metric-sample.js';
import type { LoadReference, MetricValue } from '../../result/metric-value.js';
import type { PairedMoments, SampleMoments } from '../../result/sample-moments.js';
import type { EventRate } from '../statistics/poisson.js';
import type { Proportion } from '../statistics/proportion.js';

/** Values by bucket, ascending; an edge that is not known is infinite. */
export type Distribution = {
  readonly count: number;
  readonly buckets: readonly { readonly lower: number; readonly upper: number; readonly count: number }[];
};

/** What was observed of a metric of one version, by what can be said of it beyond its value. */
export type Evidence = {
  /** The estimate. */
  readonly value: number;
  /** How many independent observations it rests on, and what they are. */
  readonly observations: number;
  readonly unit: ObservationUnit;
} & (
  | { readonly kind: 'mean'; readonly moments: SampleMoments; readonly covariate?: Covariate }
  | { readonly kind: 'ratio'; readonly pairs: PairedMoments }
  | { readonly kind: 'proportion'; readonly proportion: Proportion }
  | { readonly kind: 'events'; readonly rate: EventRate }
  | { readonly kind: 'quantile'; readonly probability: number; readonly distribution: Distribution }
  /** A count of what happened, in which there is no chance. */
  | { readonly kind: 'exact' }
  | { readonly kind: 'none'; readonly reason: string }
);

/** What one observation is. */
type ObservationUnit = 'requests' | 'answers' | 'users' | 'seconds' | 'observations';

/** A metric that has a value. */
export type FoundMetric = Exclude<MetricValue, { kind: 'missing' }>;

/** What was observed behind a value. */
export function evidenceOf(metric: FoundMetric): Evidence {
  if (metric.kind === 'load') return loadEvidence(metric.value, metric.load, metric.reference);
  const unit = metric.name.startsWith('abn/') ? 'users' : 'observations';
  if (metric.sample === undefined) {
    const reason = 'a back end gives one value, which has no confidence interval';
    return { kind: 'none', value: metric.value, observations: 1, unit, reason };
  }
  return sampleEvidence(metric.value, metric.sample, metric.percent, unit);
}

function loadEvidence(value: number, load: LoadSummary, reference: LoadReference): Evidence {
  const answers = { value, observations: load.latency.count, unit: 'answers' } as const;
  switch (reference.kind) {
    case 'request-count':
    case 'error-count':
      return { kind: 'exact', value, observations: load.requests, unit: 'requests' };
    case 'error-rate': {
      const proportion = { successes: load.errors, trials: load.requests };
      return { kind: 'proportion', value, proportion, observations: load.requests, unit: 'requests' };
    }
    case 'mean-latency':
      return { kind: 'mean', ...answers, moments: latencyMoments(load.latency) };
    case 'percentile': {
      const { count } = load.latency;
      const buckets = bucketsOf(load.latency).map(({ lowerMs, upperMs, count: held }) => ({
        lower: lowerMs,
        upper: upperMs,
        count: held,
      }));
      return quantileEvidence(answers, reference.percent, { count, buckets });
    }
    case 'min-latency':
    case 'max-latency':
    case 'stddev-latency':
      return {
        kind: 'none',
        ...answers,
        reason: `${reference.kind} has no interval without assumptions about its distribution`,
      };
  }
}

function sampleEvidence(
  value: number,
  sample: MetricSample,
  percent: number | undefined,
  unit: ObservationUnit,
): Evidence {
  switch (sample.kind) {
    case 'mean': {
      const { covariate } = sample;
      const evidence = { kind: 'mean', value, observations: sample.count, unit, moments: sample } as const;
      return covariate === undefined ? evidence : { ...evidence, covariate };
    }
    case 'ratio':
      return { kind: 'ratio', value, observations: sample.pairs.count, unit, pairs: sample.pairs };
    case 'proportion':
      return { kind: 'proportion', value, proportion: sample, observations: sample.trials, unit };
    case 'events':
      return { kind: 'events', value, rate: sample, observations: sample.seconds, unit: 'seconds' };
    case 'histogram': {
      const common = { value, observations: histogramCount(sample), unit };
      if (percent === undefined) {
        return {
          kind: 'none',
          ...common,
          reason: 'buckets do not show the error of the mean; use a percentile',
        };
      }
      return quantileEvidence(common, percent, distributionOf(sample));
    }
  }
}

function quantileEvidence(
  common: Pick<Evidence, 'value' | 'observations' | 'unit'>,
  percent: number,
  distribution: Distribution,
): Evidence {
  if (percent <= 0 || percent >= 100) return { kind: 'none', ...common, reason: 'a sample does not bound an extreme' };
  return { kind: 'quantile', ...common, probability: percent / 100, distribution };
}

function distributionOf(histogram: Histogram): Distribution {
  return { count: histogramCount(histogram), buckets: histogramBuckets(histogram).filter(({ count }) => count > 0) };
}

/** The moments of latencies; their cubes from the middle of each bucket, accurate enough for the skewness. */
function latencyMoments(latency: LatencySummary): SampleMoments {
  const { count, meanMs, squaredDeviationsMs2 } = latency;
  let cubedDeviations = 0;
  for (const { lowerMs, upperMs, count: held } of bucketsOf(latency)) {
    cubedDeviations += held * ((lowerMs + upperMs) / 2 - meanMs) ** 3;
  }
  return { count, mean: meanMs, squaredDeviations: squaredDeviationsMs2, cubedDeviations };
}
