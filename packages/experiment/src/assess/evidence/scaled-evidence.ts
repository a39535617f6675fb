import type { SampleMoments } from '../../result/sample-moments.js';
import type { Evidence } from './evidence.js';

/** What would be known if there were `factor` times as many observations of the same kind. */
export function scaledEvidence(evidence: Evidence, factor: number): Evidence {
  const scaled = { ...evidence, observations: evidence.observations * factor };
  switch (scaled.kind) {
    case 'mean': {
      const moments = scaledMoments(scaled.moments, factor);
      if (scaled.covariate === undefined) return { ...scaled, moments };
      const { metric, pairs, without } = scaled.covariate;
      return {
        ...scaled,
        moments,
        covariate: { metric, pairs: scaledPairs(pairs, factor), without: scaledMoments(without, factor) },
      };
    }
    case 'ratio':
      return { ...scaled, pairs: scaledPairs(scaled.pairs, factor) };
    case 'proportion': {
      const { successes, trials } = scaled.proportion;
      return { ...scaled, proportion: { successes: successes * factor, trials: trials * factor } };
    }
    case 'events': {
      const { events, seconds } = scaled.rate;
      return { ...scaled, rate: { events: events * factor, seconds: seconds * factor } };
    }
    case 'quantile': {
      // Ranks are whole numbers.
      const buckets = scaled.distribution.buckets.map((bucket) => ({
        ...bucket,
        count: Math.round(bucket.count * factor),
      }));
      const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
      return { ...scaled, distribution: { count, buckets } };
    }
    case 'exact':
    case 'none':
      return scaled;
  }
}

function scaledMoments(moments: SampleMoments, factor: number): SampleMoments {
  const { count, mean, squaredDeviations, cubedDeviations } = moments;
  return {
    count: count * factor,
    mean,
    squaredDeviations: squaredDeviations * factor,
    ...(cubedDeviations === undefined ? {} : { cubedDeviations: cubedDeviations * factor }),
  };
}

function scaledPairs<Pairs extends Extract<Evidence, { kind: 'ratio' }>['pairs']>(pairs: Pairs, factor: number): Pairs {
  return {
    ...pairs,
    count: pairs.count * factor,
    squaredDeviations: pairs.squaredDeviations * factor,
    otherSquaredDeviations: pairs.otherSquaredDeviations * factor,
    products: pairs.products * factor,
  };
}
