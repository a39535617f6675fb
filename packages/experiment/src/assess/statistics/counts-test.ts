import { binomialCdf, chiSquaredTail, logGamma } from './distributions.js';
import { fisherExactTest, type Proportion } from './proportion.js';

// Below it the chi-squared distribution is no approximation (Cochran, Biometrics 10, 1954, p. 417).
const MIN_EXPECTED = 5;

/**
 * The p value of counts that should be split as the weights say: Pearson's chi-squared test (Philosophical Magazine 50, 1900, p. 157), or
 * where less than 5 are expected somewhere the least of the exact binomial tests of each count, times their number (Bonferroni).
 *
 * @param weights At least two, above 0.
 */
export function splitTest(counts: readonly number[], weights: readonly number[]): number {
  const total = sum(counts);
  const shares = weights.map((weight) => weight / sum(weights));
  if (total === 0) return 1;
  if (shares.every((share) => share * total >= MIN_EXPECTED)) {
    const statistic = sum(
      counts.map((count, index) => (count - total * (shares[index] ?? 0)) ** 2 / (total * (shares[index] ?? 1))),
    );
    return chiSquaredTail(statistic, counts.length - 1);
  }
  const each = counts.map((count, index) => exactBinomialTest(count, total, shares[index] ?? 0));
  // Of two counts the second adds no information to the first.
  return Math.min(1, Math.min(...each) * (counts.length === 2 ? 1 : counts.length));
}

/** The p value of equal proportions: Fisher's exact test of two, Pearson's chi-squared test of more; of few successes or failures pairs by Fisher, times their number. */
export function equalProportionsTest(proportions: readonly Proportion[]): number {
  const [first, second] = proportions;
  if (first === undefined || second === undefined) return 1;
  if (proportions.length === 2) return fisherExactTest(first, second);
  const successes = sum(proportions.map((each) => each.successes));
  const trials = sum(proportions.map((each) => each.trials));
  const share = successes / trials;
  if (proportions.every((each) => Math.min(share, 1 - share) * each.trials >= MIN_EXPECTED)) {
    const statistic = sum(
      proportions.map((each) => (each.successes - each.trials * share) ** 2 / (each.trials * share * (1 - share))),
    );
    return chiSquaredTail(statistic, proportions.length - 1);
  }
  const pairs = proportions.flatMap((one, index) =>
    proportions.slice(index + 1).map((other) => fisherExactTest(one, other)),
  );
  return Math.min(1, Math.min(...pairs) * pairs.length);
}

// How firmly the alternatives keep to the weights: at a hundred times as many users a wrong split is found soonest.
const CONCENTRATION = 100;

/**
 * The p value, right at every look, of counts that should be split as the weights say: one over the evidence of a Dirichlet mixture of
 * splits around them (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022).
 */
export function splitSequence(counts: readonly number[], weights: readonly number[]): number {
  const shares = weights.map((weight) => weight / sum(weights));
  const total = sum(counts);
  let log = logGamma(CONCENTRATION) - logGamma(CONCENTRATION + total);
  counts.forEach((count, index) => {
    const share = shares[index] ?? 0;
    log += logGamma(CONCENTRATION * share + count) - logGamma(CONCENTRATION * share) - count * Math.log(share);
  });
  return Math.min(1, Math.exp(-log));
}

function exactBinomialTest(successes: number, trials: number, share: number): number {
  const atMost = binomialCdf(successes, trials, share);
  const atLeast = 1 - binomialCdf(successes - 1, trials, share);
  return Math.min(1, 2 * Math.min(atMost, atLeast));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
