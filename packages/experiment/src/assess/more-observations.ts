import type { MoreObservations } from '../result/slo-verdict.js';
import { normalCdf, normalQuantile } from './statistics/distributions.js';
import { sequentialLevel } from './statistics/sequential-mixture.js';
import type { Evidence } from './evidence/evidence.js';

/** The probability with which the stated number of observations would decide. */
const POWER = 0.8;
const MAX_FACTOR = 100_000;
const MAX_OBSERVATIONS = 10_000_000;

/**
 * How many more observations of each version would decide, if the estimates stay as they are: the least multiple of those there are at
 * which an interval wider by the quantile of the power would leave the limit out. Undefined where no number below ten million would.
 *
 * @param decides Whether so many times the observations decide at a level for one look.
 * @param share The share of the planned size that there is; undefined for one look.
 */
export function moreObservations(
  fewest: Evidence,
  level: number,
  share: number | undefined,
  decides: (factor: number, level: number) => boolean,
): MoreObservations | undefined {
  const decidesAt = (factor: number): boolean => {
    const nominal = share === undefined ? level : sequentialLevel(level, share * factor);
    return decides(factor, widened(nominal));
  };
  const most = Math.min(MAX_FACTOR, Math.max(2, MAX_OBSERVATIONS / Math.max(1, fewest.observations)));
  let high = 1.01;
  while (!decidesAt(high)) {
    if (high >= most) return undefined;
    high = Math.min(most, high * 2);
  }
  let low = Math.max(1, high / 2);
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high);
    if (decidesAt(middle)) high = middle;
    else low = middle;
  }
  // A look at the planned size decides by less than those around it.
  const planned = share === undefined ? 1 : 1 / share;
  if (planned > 1 && planned < high && decidesAt(planned)) high = planned;
  const count = roundedUp((high - 1) * fewest.observations);
  return { count, unit: fewest.unit };
}

// The level whose interval is wider by what the power asks for.
function widened(level: number): number {
  const z = -normalQuantile((1 - level) / 2) - normalQuantile(1 - POWER);
  return 1 - 2 * normalCdf(-z);
}

// More digits would suggest more precision than there is.
function roundedUp(count: number): number {
  if (count <= 10) return Math.max(1, Math.ceil(count));
  const unit = 10 ** (Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / unit) * unit;
}
