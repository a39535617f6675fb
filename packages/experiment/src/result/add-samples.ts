import type { MetricSample } from './metric-sample.js';
import type { SampleMoments } from './sample-moments.js';

/** The observations of two times together; undefined where they cannot be added up: those of other kinds, or buckets that differ. */
export function addSamples(one: MetricSample, other: MetricSample): MetricSample | undefined {
  if (one.kind === 'proportion' && other.kind === 'proportion') {
    const { kind } = one;
    return { kind, successes: one.successes + other.successes, trials: one.trials + other.trials };
  }
  if (one.kind === 'events' && other.kind === 'events') {
    return { kind: one.kind, events: one.events + other.events, seconds: one.seconds + other.seconds };
  }
  if (one.kind === 'mean' && other.kind === 'mean') return { kind: one.kind, ...addMoments(one, other) };
  if (one.kind === 'histogram' && other.kind === 'histogram') {
    const { bounds } = one;
    if (bounds.length !== other.bounds.length || bounds.some((bound, index) => bound !== other.bounds[index])) {
      return undefined;
    }
    const counts = one.counts.map((count, index) => count + (other.counts[index] ?? 0));
    const sums = one.sum === undefined || other.sum === undefined ? {} : { sum: one.sum + other.sum };
    return { kind: one.kind, bounds, counts, ...sums };
  }
  return undefined;
}

// Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979.
function addMoments(one: SampleMoments, other: SampleMoments): SampleMoments {
  const count = one.count + other.count;
  const apart = other.mean - one.mean;
  return {
    count,
    mean: one.mean + (apart * other.count) / count,
    squaredDeviations: one.squaredDeviations + other.squaredDeviations + (apart ** 2 * one.count * other.count) / count,
  };
}
