import { normalCdf, normalQuantile } from './distributions.js';
import { isPlanned, plannedCriticalValue, plannedPValue } from './planned-look.js';

/**
 * A test in a mixture, for the alternative that a sample of so many times the planned size would just tell apart. The planned size
 * has most of the weight, so that the mixture is about as sharp there as the best single test; the others keep it sharp elsewhere.
 */
type Component = { readonly sizeRatio: number; readonly logWeight: number };

const PLANNED_WEIGHT = 0.9;
const FIRST_POWER = -4;
const LAST_POWER = 8;

const COMPONENTS: readonly Component[] = components();

// The part of the error rate that belongs to all looks; the rest is that of looks at the planned size.
const MIXTURE_PART = 0.4;

// Below this share of the plan nothing can be decided anyway.
const MIN_FRACTION = 1e-6;
// A level must stay below 1 when it is rounded.
const MIN_TAIL = 1e-15;

/** Alternatives to a hypothesis, each with the log of its weight; the weights add up to 1. */
export type Mixture<Alternative> = readonly { readonly logWeight: number; readonly alternative: Alternative }[];

/**
 * The alternatives to a hypothesis, on either side.
 *
 * @param level The confidence at which they are to be sharpest, such as 0.95.
 * @param plannedSize The number of observations at which they are to be sharpest.
 * @param alternativeAt The alternative that diverges from the hypothesis by so much for each observation (Kullback-Leibler), above it (1)
 * or below (-1).
 */
export function mixtureOf<Alternative>(
  level: number,
  plannedSize: number,
  alternativeAt: (divergence: number, side: 1 | -1) => Alternative,
): Mixture<Alternative> {
  // At its own size a single two-sided test needs least to reach 1/(1 - level) when all alternatives have diverged by this.
  const whole = Math.log(2 / (1 - level));
  return COMPONENTS.flatMap(({ sizeRatio, logWeight }) =>
    ([1, -1] as const).map((side) => ({
      logWeight,
      alternative: alternativeAt(whole / (plannedSize * sizeRatio), side),
    })),
  );
}

/**
 * The log of the evidence against a hypothesis: a martingale that starts at 1 and, while the hypothesis holds, ever reaches 1/(1 - level)
 * with a probability of at most 1 - level (Ville 1939), however often one looks. It is the mean of the likelihood ratios of the
 * alternatives: Wald's two-sided sequential test (Sequential Analysis, 1947), mixed over sizes as in Robbins (Ann. Math. Statist.
 * 41, 1970, p. 1397). For values in [0, 1] each ratio is a bet of a fixed fraction (Waudby-Smith and Ramdas, J. R. Statist. Soc.
 * B 86, 2024, p. 1).
 *
 * @param logRatio The log-likelihood ratio of the observations so far.
 */
export function logEvidence<Alternative>(
  mixture: Mixture<Alternative>,
  logRatio: (alternative: Alternative) => number,
): number {
  const terms = mixture.map(({ logWeight, alternative }) => logWeight + logRatio(alternative));
  const greatest = Math.max(...terms);
  if (!Number.isFinite(greatest)) return greatest;
  let total = 0;
  for (const term of terms) total += Math.exp(term - greatest);
  return greatest + Math.log(total);
}

// Drifts of a normal sum whose variance is 1 at the planned size (Howard, Ramdas, McAuliffe and Sekhon, Ann. Statist. 49, 2021, p. 1055).
function driftsAt(level: number): Mixture<number> {
  return mixtureOf(level, 1, (divergence, side) => side * Math.sqrt(2 * divergence));
}

// Of a z value at a share of the planned size.
function logEvidenceOfZ(drifts: Mixture<number>, z: number, fraction: number): number {
  return logEvidence(drifts, (drift) => drift * z * Math.sqrt(fraction) - (drift ** 2 * fraction) / 2);
}

/** The z value that the mixture alone asks for, with an error rate of its own. */
function mixtureCriticalValue(errorRate: number, share: number): number {
  const threshold = -Math.log(errorRate);
  const drifts = driftsAt(1 - errorRate);
  let low = 0;
  let high = 4;
  while (logEvidenceOfZ(drifts, high, share) < threshold) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step += 1) {
    const middle = (low + high) / 2;
    if (logEvidenceOfZ(drifts, middle, share) < threshold) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The z value that an estimate must exceed at this look, so that it does so at any look with a probability of at most 1 - level
 * while there is no effect. Looks at the planned size have a part of the error rate for themselves (Pocock, Biometrika 64, 1977, p. 191, spends
 * it look by look), all looks together the rest: a mixture alone finds at its planned size three quarters of what one look finds.
 *
 * @param fraction The observations so far as a share of the planned ones; may be above 1.
 */
export function sequentialCriticalValue(level: number, fraction: number): number {
  const share = Math.max(fraction, MIN_FRACTION);
  const always = mixtureCriticalValue(MIXTURE_PART * (1 - level), share);
  return isPlanned(share) ? Math.min(always, plannedCriticalValue((1 - MIXTURE_PART) * (1 - level))) : always;
}

/**
 * The level at which an interval for one look is right at every look with the given one: that of the critical z value, which carries its
 * boundary over to Student's t and to intervals of other kinds (Pocock, Biometrika 64, 1977, p. 191).
 */
export function sequentialLevel(level: number, fraction: number): number {
  return 1 - 2 * Math.max(MIN_TAIL, normalCdf(-sequentialCriticalValue(level, fraction)));
}

/** The p value that holds at every look, from the two-sided one of this look alone: 1 over the evidence (Johari, Koomen, Pekelis and Walsh, Oper. Res. 70, 2022, p. 1806), and at the planned size that of looks there. */
export function sequentialPValue(pValue: number, level: number, fraction: number): number {
  const share = Math.max(fraction, MIN_FRACTION);
  const z = -normalQuantile(Math.max(1e-300, pValue / 2));
  const always = Math.exp(-logEvidenceOfZ(driftsAt(1 - MIXTURE_PART * (1 - level)), z, share)) / MIXTURE_PART;
  return Math.min(1, always, isPlanned(share) ? plannedPValue(z) / (1 - MIXTURE_PART) : 1);
}

function components(): Component[] {
  const powers = Array.from({ length: LAST_POWER - FIRST_POWER + 1 }, (_, index) => FIRST_POWER + index);
  const shareOf = (power: number): number => 2 ** -Math.abs(power);
  const rest = powers.reduce((sum, power) => (power === 0 ? sum : sum + shareOf(power)), 0);
  return powers.map((power) => {
    const weight = power === 0 ? PLANNED_WEIGHT : ((1 - PLANNED_WEIGHT) * shareOf(power)) / rest;
    // Half of it for effects above, half for those below.
    return { sizeRatio: 4 ** power, logWeight: Math.log(weight / 2) };
  });
}
