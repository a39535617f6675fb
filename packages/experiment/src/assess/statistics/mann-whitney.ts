import { normalCdf } from './distributions.js';

/** A value with the number of times it occurs. */
export type WeightedValue = { readonly value: number; readonly count: number };

/** The Mann–Whitney test of whether one sample tends to be greater than the other. */
export type MannWhitneyResult = {
  /** Pairs in which the first sample's value is the greater; ties count half. */
  readonly u: number;
  /** Two-sided, by the normal approximation with corrections for ties and continuity. */
  readonly pValue: number;
  /** P(first > second) + P(equal)/2: Vargha and Delaney's A (J. Educ. Behav. Statist. 25, 2000, p. 101); 0.5 means no difference. */
  readonly superiority: number;
};

/** Mann and Whitney's test (Ann. Math. Statist. 18, 1947, p. 50) on values with counts, such as buckets; undefined when a sample is empty or all values are equal. */
export function mannWhitneyTest(
  one: readonly WeightedValue[],
  other: readonly WeightedValue[],
): MannWhitneyResult | undefined {
  const countsByValue = new Map<number, { one: number; other: number }>();
  const add = (value: number, oneCount: number, otherCount: number): void => {
    const counts = countsByValue.get(value) ?? { one: 0, other: 0 };
    countsByValue.set(value, { one: counts.one + oneCount, other: counts.other + otherCount });
  };
  for (const { value, count } of one) add(value, count, 0);
  for (const { value, count } of other) add(value, 0, count);

  let oneTotal = 0;
  let otherTotal = 0;
  let u = 0;
  let tieSum = 0;
  for (const [, counts] of [...countsByValue].sort(([a], [b]) => a - b)) {
    u += counts.one * (otherTotal + counts.other / 2);
    oneTotal += counts.one;
    otherTotal += counts.other;
    const tied = counts.one + counts.other;
    tieSum += tied ** 3 - tied;
  }
  const n = oneTotal + otherTotal;
  if (oneTotal === 0 || otherTotal === 0 || countsByValue.size < 2) return undefined;
  const pairs = oneTotal * otherTotal;
  const variance = (pairs / 12) * (n + 1 - tieSum / (n * (n - 1)));
  const distance = Math.max(0, Math.abs(u - pairs / 2) - 0.5);
  return { u, pValue: 2 * normalCdf(-distance / Math.sqrt(variance)), superiority: u / pairs };
}
