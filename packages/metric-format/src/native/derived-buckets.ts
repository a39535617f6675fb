import { nativeBound } from '../native-buckets.js';
import type { NativeBuckets, SparseBuckets } from './sparse-buckets.js';

// Every power of two up to 2^20, every second one up to 2^40.
const MIN_EXPONENT = -20;
const FINE_EXPONENT = 20;
const MAX_EXPONENT = 40;

/** Classic buckets made of native ones. */
export interface DerivedBuckets {
  /** Ascending; may be empty. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative, one longer than `bounds`: the last is that of +Inf. */
  readonly counts: readonly number[];
}

/**
 * Classic buckets for readers that do not know native ones. Their bounds are from one list that never depends on what was
 * observed: powers of two of either sign, from 2^-20 to 2^20, and of four up to 2^40. Of these are shown: those that are
 * bounds of the schema and outside the zero bucket, from the first one at or below which something was counted. So counts
 * of several series may be added up by their bounds: one that is missing below would be 0. Every count is exact, and
 * none falls when the schema is lowered or the zero bucket widened: bounds only go away.
 */
export function derivedBuckets(buckets: NativeBuckets): DerivedBuckets {
  const { schema, zeroThreshold, zeroCount, positive, negative } = buckets;
  const powers = shownPowers(schema, zeroThreshold);
  const [nearZero = 0, ...below] = negativeCounts(negative, schema, powers);
  const counts = [...below.reverse(), ...positiveCounts(positive, schema, powers)];
  // What is nearer to 0 than all bounds is counted at the first positive one.
  counts[powers.length] = (counts[powers.length] ?? 0) + nearZero + zeroCount;
  const bounds = [...powers.map((power) => -power).reverse(), ...powers];
  const found = counts.findIndex((count) => count > 0);
  const first = found < 0 ? bounds.length : found;
  return { bounds: bounds.slice(first), counts: counts.slice(first) };
}

function shownPowers(schema: number, zeroThreshold: number): number[] {
  const step = schema < 0 ? 2 ** -schema : 1;
  const powers: number[] = [];
  for (let exponent = MIN_EXPONENT; exponent <= MAX_EXPONENT; exponent += exponent < FINE_EXPONENT ? 1 : 2) {
    if (exponent % step === 0 && 2 ** exponent >= zeroThreshold) powers.push(2 ** exponent);
  }
  return powers;
}

/** Counts by the first power of two at or above all of a bucket; the last is that of buckets above all powers. */
function positiveCounts({ indexes, counts }: SparseBuckets, schema: number, powers: readonly number[]): number[] {
  const sums = new Array<number>(powers.length + 1).fill(0);
  let place = 0;
  for (const [i, index] of indexes.entries()) {
    const end = nativeBound(schema, index);
    while ((powers[place] ?? Number.POSITIVE_INFINITY) < end) place += 1;
    sums[place] = (sums[place] ?? 0) + (counts[i] ?? 0);
  }
  return sums;
}

/** Counts by the last power of two between 0 and all of a mirrored bucket; the first is that of buckets nearer to 0 than all powers. */
function negativeCounts({ indexes, counts }: SparseBuckets, schema: number, powers: readonly number[]): number[] {
  const sums = new Array<number>(powers.length + 1).fill(0);
  let place = 0;
  for (const [i, index] of indexes.entries()) {
    const end = nativeBound(schema, index - 1);
    while ((powers[place] ?? Number.POSITIVE_INFINITY) <= end) place += 1;
    sums[place] = (sums[place] ?? 0) + (counts[i] ?? 0);
  }
  return sums;
}
