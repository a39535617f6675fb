import { nativeBound } from '@redmeter/metric-format';

// How native histograms are added up, as docs/wire-format.md says it: one step after the other, on maps of buckets.

/** Observations by native bucket. */
export interface NativeState {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: ReadonlyMap<number, number>;
  readonly negative: ReadonlyMap<number, number>;
}

/** The sum of two histograms, with at most so many buckets if schema -4 allows it. */
export function addNative(a: NativeState, b: NativeState, maxBuckets: number): NativeState {
  let [x, y] = [a, b];
  while (x.zeroThreshold !== y.zeroThreshold) {
    if (x.zeroThreshold < y.zeroThreshold) x = withThreshold(x, y.zeroThreshold);
    else y = withThreshold(y, x.zeroThreshold);
  }
  const schema = Math.min(x.schema, y.schema);
  [x, y] = [atSchema(x, schema), atSchema(y, schema)];
  let sum: NativeState = {
    ...{ schema, zeroThreshold: x.zeroThreshold, zeroCount: x.zeroCount + y.zeroCount },
    positive: collected([...x.positive, ...y.positive]),
    negative: collected([...x.negative, ...y.negative]),
  };
  while (sum.positive.size + sum.negative.size > maxBuckets && sum.schema > -4) sum = atSchema(sum, sum.schema - 1);
  return sum;
}

/** The same observations, each bucket within one of a lower schema. */
export function atSchema(state: NativeState, schema: number): NativeState {
  const width = 2 ** (state.schema - schema);
  const lower = (buckets: ReadonlyMap<number, number>): Map<number, number> =>
    collected([...buckets].map(([index, count]) => [Math.ceil(index / width) + 0, count]));
  return { ...state, schema, positive: lower(state.positive), negative: lower(state.negative) };
}

/** The same with a larger threshold, raised until it cuts no bucket. */
export function withThreshold(state: NativeState, zeroThreshold: number): NativeState {
  const { schema } = state;
  const cut = [...state.positive.keys(), ...state.negative.keys()].find(
    (index) => nativeBound(schema, index - 1) < zeroThreshold && zeroThreshold < nativeBound(schema, index),
  );
  if (cut !== undefined) return withThreshold(state, nativeBound(schema, cut));
  const isZero = ([index]: [number, number]): boolean => nativeBound(schema, index) <= zeroThreshold;
  const zeros = [...state.positive, ...state.negative].filter(isZero);
  return {
    ...state,
    zeroThreshold,
    zeroCount: zeros.reduce((sum, [, count]) => sum + count, state.zeroCount),
    positive: new Map([...state.positive].filter((bucket) => !isZero(bucket))),
    negative: new Map([...state.negative].filter((bucket) => !isZero(bucket))),
  };
}

function collected(buckets: readonly [number, number][]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [index, count] of buckets) sums.set(index, (sums.get(index) ?? 0) + count);
  return new Map([...sums].sort(([a], [b]) => a - b));
}
