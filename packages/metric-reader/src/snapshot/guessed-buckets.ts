import { nativeIndexRange, NO_BUCKETS, type HistogramRecord, type NativeShape } from '@redmeter/metric-format';

/** A histogram whose observations are all in its first or in its last bucket. */
export function allInOneBucket(record: HistogramRecord, where: 'first' | 'last'): HistogramRecord {
  const { shape, count } = record;
  switch (shape.kind) {
    case 'percentiles':
      return record;
    case 'buckets':
      return { ...record, shape: { ...shape, ...classicIn(shape, count, where), window: undefined } };
    case 'native': {
      const { kind, schema, zeroThreshold, classic } = shape;
      const known = { kind, schema, zeroThreshold, ...nativeIn(shape, count, where), window: undefined };
      return {
        ...record,
        shape: { ...known, classic: classic === undefined ? undefined : classicIn(classic, count, where) },
      };
    }
  }
}

function classicIn(
  { bounds }: { readonly bounds: readonly number[] },
  count: number,
  where: 'first' | 'last',
): { readonly bounds: readonly number[]; readonly counts: readonly number[] } {
  const at = where === 'first' ? 0 : bounds.length;
  return { bounds, counts: [...bounds, Number.POSITIVE_INFINITY].map((_, index) => (index === at ? count : 0)) };
}

/** The first bucket is that of zero, unless there are numbers below; the last is that of the largest finite numbers. */
function nativeIn(
  { schema, negative }: NativeShape,
  count: number,
  where: 'first' | 'last',
): Pick<NativeShape, 'zeroCount' | 'positive' | 'negative'> {
  const nothing = { zeroCount: 0, positive: NO_BUCKETS, negative: NO_BUCKETS };
  if (count === 0) return nothing;
  const outermost = { indexes: [nativeIndexRange(schema).most - 1], counts: [count] };
  if (where === 'last') return { ...nothing, positive: outermost };
  return negative.counts.length > 0 ? { ...nothing, negative: outermost } : { ...nothing, zeroCount: count };
}
