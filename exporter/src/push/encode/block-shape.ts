/** Which series of Prometheus a block is: one for a number or a native histogram, or those of classic buckets, the sum and the count. */
export type BlockShape =
  | { readonly kind: 'value' }
  | { readonly kind: 'native' }
  | { readonly kind: 'classic'; readonly bounds: readonly number[] };

/** What the names of series have after the names of their metrics. */
export const SUFFIXES = ['', '_bucket', '_sum', '_count'] as const;

/** What the name of a series has after the name of its metric. */
export type Suffix = (typeof SUFFIXES)[number];

/** One of the series of a block: the end of its name, and its bound if it is a bucket. */
export type BlockSeries = readonly [suffix: Suffix, le: number | undefined];

/** The series of a block. */
export function seriesOf(shape: BlockShape): BlockSeries[] {
  if (shape.kind !== 'classic') return [['', undefined]];
  const buckets = [...shape.bounds, Number.POSITIVE_INFINITY].map((bound) => ['_bucket', bound] as const);
  return [...buckets, ['_sum', undefined], ['_count', undefined]];
}
