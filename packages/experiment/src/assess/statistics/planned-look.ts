import { normalCdf } from './distributions.js';

// Shares of the planned size that are looks at it: loops of equal size meet it exactly, users nearly.
const FIRST_SHARE = 0.98;
const LAST_SHARE = 1.02;
// The standard deviation of what is added from the first to the last such look, in those of what was there.
const ADDED = Math.sqrt((LAST_SHARE - FIRST_SHARE) / FIRST_SHARE);
const STEPS = 80;
const MAX_KNOWN = 100;

/** Whether a share of the planned size is a look at it. */
export function isPlanned(share: number): boolean {
  return share >= FIRST_SHARE && share <= LAST_SHARE;
}

/**
 * The probability with which a z value is ever as great as this, on either side, at looks at the planned size: at most that of being so at the
 * first of them, or of a Brownian motion from there to reach the least it then takes, by the reflection principle (Siegmund, Sequential
 * Analysis, 1985, section 3.2).
 */
export function plannedPValue(z: number): number {
  if (z <= 0) return 1;
  // By Simpson's rule over how far below the first look is.
  const width = (8 * ADDED) / STEPS;
  let sum = 0;
  for (let step = 0; step <= STEPS; step += 1) {
    const below = step * width;
    const weight = step === 0 || step === STEPS ? 1 : step % 2 === 0 ? 2 : 4;
    const density = Math.exp(-((z - below) ** 2) / 2) / Math.sqrt(2 * Math.PI);
    sum += weight * density * 2 * normalCdf(-below / ADDED);
  }
  return Math.min(1, 2 * (normalCdf(-z) + (sum * width) / 3));
}

const known = new Map<number, number>();

/** The z value that is exceeded at looks at the planned size with at most this probability. */
export function plannedCriticalValue(errorRate: number): number {
  const found = known.get(errorRate);
  if (found !== undefined) return found;
  let low = 0;
  let high = 40;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (plannedPValue(middle) > errorRate) low = middle;
    else high = middle;
  }
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(errorRate, high);
  return high;
}
