import type { Exemplar } from '@redmeter/metric-format';
import type { HistogramView } from '@redmeter/metric-reader';

/**
 * The newest exemplar of each classic bucket, by the bucket's position; undefined for a histogram without exemplars. The last bucket is
 * that of +Inf, the only one where there are no others.
 */
export function bucketExemplars({
  exemplars,
  buckets,
}: Pick<HistogramView, 'exemplars' | 'buckets'>): readonly (Exemplar | undefined)[] | undefined {
  if (exemplars === undefined || exemplars.length === 0) return undefined;
  const bounds = buckets?.bounds ?? [];
  const byBucket: (Exemplar | undefined)[] = [];
  for (const exemplar of exemplars) {
    // It was counted in no bucket.
    if (Number.isNaN(exemplar.value)) continue;
    const place = bounds.findIndex((bound) => exemplar.value <= bound);
    // The oldest is first, so the newest stays.
    byBucket[place < 0 ? bounds.length : place] = exemplar;
  }
  return byBucket;
}
