import type { Interval } from './interval.js';

/** A value and the interval around it, each found alone. */
export type Bounded = Interval & { readonly value: number };

/**
 * The interval of the difference `one` - `other` from the interval of each, by the square root of the summed squares of their arms:
 * MOVER (Zou and Donner, Statistics in Medicine 27, 2008, p. 1693), of which Newcombe's interval is the one for proportions.
 */
export function differenceInterval(one: Bounded, other: Bounded): Interval {
  const difference = one.value - other.value;
  return {
    low: difference - Math.hypot(one.value - one.low, other.high - other.value),
    high: difference + Math.hypot(one.high - one.value, other.value - other.low),
  };
}

/**
 * The interval of the ratio `one` / `other` of two values above 0, from the interval of each: MOVER-R (Donner and Zou, Statistical
 * Methods in Medical Research 21, 2012, p. 347); with symmetric intervals it is Fieller's (J. R. Statist. Soc. B 16, 1954, p. 175).
 * Unbounded above where `other` may be 0.
 */
export function ratioInterval(one: Bounded, other: Bounded): Interval {
  const product = one.value * other.value;
  const root = (a: number, c: number): number => Math.sqrt(Math.max(0, product ** 2 - a * c));
  const lowC = one.low * (2 * one.value - one.low);
  const lowA = other.high * (2 * other.value - other.high);
  const highC = one.high * (2 * one.value - one.high);
  const highA = other.low * (2 * other.value - other.low);
  return {
    // Where all of `other` is unbounded above, the ratio may be 0.
    low: one.low <= 0 || !Number.isFinite(lowA) ? 0 : lowC / (product + root(lowA, lowC)),
    high: other.low <= 0 || !Number.isFinite(highC) ? Infinity : (product + root(highA, highC)) / highA,
  };
}
