import type { PairedMoments, SampleMoments } from '../../src/result/sample-moments.js';

/** The moments of values, cubes included. */
export function momentsOf(values: readonly number[]): SampleMoments & { readonly cubedDeviations: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return {
    count,
    mean,
    squaredDeviations: values.reduce((sum, value) => sum + (value - mean) ** 2, 0),
    cubedDeviations: values.reduce((sum, value) => sum + (value - mean) ** 3, 0),
  };
}

/** The moments of pairs. */
export function pairsOf(pairs: readonly (readonly [number, number])[]): PairedMoments {
  const one = momentsOf(pairs.map(([value]) => value));
  const other = momentsOf(pairs.map(([, value]) => value));
  return {
    count: pairs.length,
    mean: one.mean,
    squaredDeviations: one.squaredDeviations,
    otherMean: other.mean,
    otherSquaredDeviations: other.squaredDeviations,
    products: pairs.reduce((sum, [value, second]) => sum + (value - one.mean) * (second - other.mean), 0),
  };
}
