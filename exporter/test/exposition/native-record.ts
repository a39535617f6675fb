/** How a native histogram is made. */
export interface NativeOptions {
  readonly schema: number;
  /** Default 2^-128. */
  readonly zeroThreshold?: number;
  /** Upper bounds of classic buckets beside it; default none. */
  readonly bounds?: readonly number[];
  /** Milliseconds since the epoch. */
  readonly createdMs?: number;
  readonly exemplars?: readonly unknown[];
}

interface Side {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

/** The upper bound of a bucket. */
export const boundOf = (schema: number, index: number): number => 2 ** (index * 2 ** -schema);

/** The index of the bucket that holds a value above 0. */
export function indexOf(schema: number, value: number): number {
  let index = Math.ceil(Math.log2(value) * 2 ** schema);
  while (boundOf(schema, index) < value) index += 1;
  while (boundOf(schema, index - 1) >= value) index -= 1;
  return index;
}

/** The record of a native histogram with these observations, counted here one by one. */
export function nativeRecord(
  observations: readonly number[],
  { schema, zeroThreshold = 2 ** -128, bounds, createdMs, exemplars }: NativeOptions,
): string {
  const side = (values: readonly number[]): Side => {
    const counts = new Map<number, number>();
    for (const value of values) {
      const index = indexOf(schema, value);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([a], [b]) => a - b);
    return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
  };
  return JSON.stringify({
    type: 'histogram',
    count: observations.length,
    sum: observations.reduce((sum, value) => sum + value, 0),
    schema,
    zeroThreshold,
    zeroCount: observations.filter((value) => Math.abs(value) <= zeroThreshold).length,
    positive: side(observations.filter((value) => value > zeroThreshold)),
    negative: side(observations.filter((value) => value < -zeroThreshold).map((value) => -value)),
    ...(bounds === undefined ? {} : { bounds, counts: classicCounts(observations, bounds) }),
    ...(exemplars === undefined ? {} : { exemplars }),
    ...(createdMs === undefined ? {} : { created: createdMs }),
    timestamp: Date.now(),
  });
}

function classicCounts(observations: readonly number[], bounds: readonly number[]): number[] {
  return [...bounds, Infinity].map(
    (bound, i) =>
      observations.filter((value) => value <= bound && value > (i === 0 ? -Infinity : (bounds[i - 1] ?? NaN))).length,
  );
}
