import { betaQuantile } from '../statistics/distributions.js';
import { refutationOf } from '../statistics/proportion-sequence.js';
import { clopperPearsonInterval } from '../statistics/proportion.js';
import { lastWhere } from '../statistics/last-where.js';

/** What a number of trials can decide about a share with an upper limit. */
export type SharePlan = {
  /** The true shares up to which the limit is found to hold, and from which it is found not to, with the power; undefined where no share is. */
  readonly satisfiedUpTo?: number;
  readonly violatedFrom?: number;
  /** The least number of trials that can find the limit to hold; undefined where none can. */
  readonly leastTrials?: number;
};

const MAX_TRIALS = 100_000_000;

/**
 * What a share's interval can decide against an upper limit. How many successes still satisfy the limit is found from the interval itself;
 * a share at which so many or fewer come with the power is a quantile of a beta distribution (8.17.5 of the NIST Digital Library of
 * Mathematical Functions).
 *
 * @param plannedTrials For verdicts at every look; undefined for one look.
 */
export function planShare(
  trials: number,
  limit: number,
  level: number,
  power: number,
  plannedTrials: number | undefined,
): SharePlan {
  const isBelow = (successes: number, of: number): boolean =>
    isFound(successes, of, limit, level, plannedTrials) === -1;
  const isAbove = (successes: number): boolean => isFound(successes, trials, limit, level, plannedTrials) === 1;
  // The most successes that satisfy, and the fewest that violate.
  const most = lastWhere(-1, trials, (successes) => successes < 0 || isBelow(successes, trials));
  const fewest = 1 + lastWhere(-1, trials, (successes) => successes < 0 || !isAbove(successes));
  const least = limit <= 0 ? undefined : leastTrials((of) => isBelow(0, of));
  return {
    ...(most < 0 ? {} : { satisfiedUpTo: most >= trials ? 1 : betaQuantile(1 - power, most + 1, trials - most) }),
    ...(fewest > trials ? {} : { violatedFrom: fewest === 0 ? 0 : betaQuantile(power, fewest, trials - fewest + 1) }),
    ...(least === undefined ? {} : { leastTrials: least }),
  };
}

// -1: certainly within the limit; 1: certainly above it; 0: open.
function isFound(
  successes: number,
  trials: number,
  limit: number,
  level: number,
  plannedTrials: number | undefined,
): -1 | 0 | 1 {
  if (plannedTrials === undefined) {
    const { low, high } = clopperPearsonInterval({ successes, trials }, level);
    return high <= limit ? -1 : low > limit ? 1 : 0;
  }
  if (limit <= 0) return successes > 0 ? 1 : 0;
  if (limit >= 1) return -1;
  if (!refutationOf(limit, plannedTrials, level)(successes, trials)) return 0;
  return successes / trials < limit ? -1 : 1;
}

function leastTrials(satisfies: (trials: number) => boolean): number | undefined {
  let high = 1;
  while (!satisfies(high)) {
    high *= 2;
    if (high > MAX_TRIALS) return undefined;
  }
  return 1 + lastWhere(0, high, (trials) => trials === 0 || !satisfies(trials));
}
