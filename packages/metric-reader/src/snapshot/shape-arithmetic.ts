import {
  addNative,
  nativeCounts,
  subtractNative,
  type HistogramRecord,
  type NativeShape,
} from '@redmeter/metric-format';
import { areEqualBounds } from '../alike-buckets.js';

type Shape = HistogramRecord['shape'];
type Classic = NativeShape['classic'];

/** What was observed between two shapes of one histogram with alike buckets; undefined where a bucket fell. */
export function shapeDifference(now: Shape, then: Shape): Shape | undefined {
  if (now.kind === 'buckets' && then.kind === 'buckets') {
    const counts = differences(now.counts, then.counts);
    return counts.some((count) => count < 0) ? undefined : { ...now, counts, window: undefined };
  }
  if (now.kind !== 'native' || then.kind !== 'native') return now;
  const risen = subtractNative(now, then);
  if (nativeCounts(risen).some((count) => count < 0)) return undefined;
  return { kind: 'native', ...risen, classic: ofBoth(now.classic, then.classic, differences), window: undefined };
}

/** The observations of two shapes with alike buckets. */
export function shapeSum(one: Shape, other: Shape): Shape {
  if (one.kind === 'buckets' && other.kind === 'buckets') return { ...other, counts: sums(other.counts, one.counts) };
  if (one.kind !== 'native' || other.kind !== 'native') return other;
  const both = addNative(one, other);
  return { kind: 'native', ...both, classic: ofBoth(other.classic, one.classic, sums), window: undefined };
}

/** The classic buckets beside native ones, where both have the same; a bucket that fell makes them unknown. */
function ofBoth(
  one: Classic,
  other: Classic,
  compute: (a: readonly number[], b: readonly number[]) => number[],
): Classic {
  if (one === undefined || other === undefined || !areEqualBounds(one.bounds, other.bounds)) return undefined;
  const counts = compute(one.counts, other.counts);
  return counts.some((count) => count < 0) ? undefined : { bounds: one.bounds, counts };
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((count, index) => count - (b[index] ?? 0));
}

function sums(a: readonly number[], b: readonly number[]): number[] {
  return a.map((count, index) => count + (b[index] ?? 0));
}
