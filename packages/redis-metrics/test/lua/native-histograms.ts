import { bucketIndex, nativeBound, nativeIndex, parseRecord, type HistogramRecord } from '@redmeter/metric-format';
import type { NativeState } from '../reference/native-reference.js';

/** How a process declares a histogram. */
export interface Kind {
  readonly native?: { readonly schema: number; readonly zeroThreshold: number; readonly maxBuckets: number };
  readonly bounds?: readonly number[];
}

/** Observations by the native buckets of a process. */
export function nativeOf(
  values: readonly number[],
  { schema, zeroThreshold }: Pick<NonNullable<Kind['native']>, 'schema' | 'zeroThreshold'>,
): NativeState {
  const [positive, negative] = [new Map<number, number>(), new Map<number, number>()];
  let zeroCount = 0;
  for (const value of values) {
    const side = value > 0 ? positive : negative;
    if (Math.abs(value) <= zeroThreshold) zeroCount += 1;
    else side.set(nativeIndex(schema, Math.abs(value)), (side.get(nativeIndex(schema, Math.abs(value))) ?? 0) + 1);
  }
  return { schema, zeroThreshold, zeroCount, positive: sorted(positive), negative: sorted(negative) };
}

/** Observations by classic buckets. */
export function classicOf(values: readonly number[], bounds: readonly number[]): number[] {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const at = bucketIndex(bounds, value);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** The operation of a process for what it observed. */
export function operationOf(values: readonly number[], { native, bounds }: Kind): Record<string, unknown> {
  return {
    type: 'histogram',
    ...(native && fieldsOfNative(nativeOf(values, native))),
    ...(bounds && { counts: classicOf(values, bounds) }),
    sum: values.reduce((sum, value) => sum + value, 0),
  };
}

export function fieldsOfNative({ schema, zeroThreshold, zeroCount, positive, negative }: NativeState): object {
  return {
    ...{ schema, zeroThreshold, zeroCount },
    ...(positive.size > 0 && { positive: listed(positive) }),
    ...(negative.size > 0 && { negative: listed(negative) }),
  };
}

function listed(side: ReadonlyMap<number, number>): object {
  return { indexes: [...side.keys()], counts: [...side.values()] };
}

function sorted(side: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...side].sort(([a], [b]) => a - b));
}

/** A record as readers see it. */
export function readHistogram(text: string): HistogramRecord {
  const parsed = parseRecord('histogram', text);
  if (parsed.kind !== 'record' || parsed.record.type !== 'histogram')
    throw new Error(`expected a histogram, got ${text}`);
  return parsed.record;
}

/** Of each native bucket its upper bound, with how many observations there are up to it. */
export function nativeCumulative(record: HistogramRecord): readonly (readonly [bound: number, count: number])[] {
  if (record.shape.kind !== 'native') return [];
  const { schema, zeroThreshold, zeroCount, positive, negative } = record.shape;
  const buckets: [number, number][] = [
    ...negative.indexes.map((index, i): [number, number] => [-nativeBound(schema, index - 1), negative.counts[i] ?? 0]),
    [zeroThreshold, zeroCount],
    ...positive.indexes.map((index, i): [number, number] => [nativeBound(schema, index), positive.counts[i] ?? 0]),
  ];
  let sum = 0;
  return buckets.sort(([a], [b]) => a - b).map(([bound, count]) => [bound, (sum += count)] as const);
}

/** Of each classic bucket its upper bound, with how many observations there are up to it. */
export function classicCumulative(record: HistogramRecord): readonly (readonly [bound: number, count: number])[] {
  const classic =
    record.shape.kind === 'native' ? record.shape.classic : record.shape.kind === 'buckets' && record.shape;
  if (!classic) return [];
  let sum = 0;
  return classic.counts.map((count, i) => [classic.bounds[i] ?? Number.POSITIVE_INFINITY, (sum += count)] as const);
}
