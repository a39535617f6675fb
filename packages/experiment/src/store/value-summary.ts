/** One bar of a histogram: the values in ]lower, upper], the first one's from its lower edge on. */
export type ValueBucket = { readonly lower: number; readonly upper: number; readonly count: number };

/** Summary of a set of values, at least one. */
export type ValueSummary = {
  readonly count: number;
  readonly mean: number;
  /** Of the population. */
  readonly standardDeviation: number;
  readonly min: number;
  readonly max: number;
  /** Ten bars of equal width from the minimum to the maximum; one bar where these are the same. */
  readonly histogram: readonly ValueBucket[];
};

const NUM_BUCKETS = 10;

/**
 * Summarizes values. The order they come in makes no difference, to the last bit. The mean is a compensated sum (Neumaier 1974),
 * the variance the corrected two-pass algorithm (Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", The
 * American Statistician 37, 1983, p. 242), so that neither loses digits to values far from zero.
 */
export function summarizeValues(values: Iterable<number>): ValueSummary | undefined {
  // 0 added makes 0 of -0, so that equal values look equal.
  const sorted = Float64Array.from(values, (value) => value + 0).sort();
  const count = sorted.length;
  const min = sorted[0];
  const max = sorted[count - 1];
  if (min === undefined || max === undefined) return undefined;
  const total = new CompensatedSum();
  for (const value of sorted) total.add(value);
  // Rounding must not carry the mean out of the values.
  const mean = Math.min(max, Math.max(min, total.value / count));
  const deviations = new CompensatedSum();
  const squares = new CompensatedSum();
  for (const value of sorted) {
    deviations.add(value - mean);
    squares.add((value - mean) ** 2);
  }
  const variance = Math.max(0, squares.value - deviations.value ** 2 / count) / count;
  return { count, mean, standardDeviation: Math.sqrt(variance), min, max, histogram: histogramOf(sorted, min, max) };
}

/** A sum that keeps what rounding takes from it (Neumaier, ZAMM 54, 1974, p. 39). */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

function histogramOf(sorted: Float64Array, min: number, max: number): ValueBucket[] {
  if (min === max) return [{ lower: min, upper: max, count: sorted.length }];
  const edge = (index: number): number => (index === NUM_BUCKETS ? max : min + ((max - min) / NUM_BUCKETS) * index);
  const buckets: ValueBucket[] = [];
  let counted = 0;
  for (let index = 0; index < NUM_BUCKETS; index += 1) {
    const upper = edge(index + 1);
    const before = counted;
    while (counted < sorted.length && (sorted[counted] ?? 0) <= upper) counted += 1;
    buckets.push({ lower: edge(index), upper, count: counted - before });
  }
  return buckets;
}
