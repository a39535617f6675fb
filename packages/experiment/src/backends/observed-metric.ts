import { z } from 'zod';
import { histogramCount, histogramPercentile, type Histogram } from '../result/histogram.js';
import { percentileName } from '../result/metric-name.js';
import type { MetricSample } from '../result/metric-sample.js';

/** A metric with the observations behind it, and the values to show; names of values follow that of the metric, `''` is its own. */
export type ObservedMetric = { readonly sample: MetricSample; readonly values: Readonly<Record<string, number>> };

/** What an expression may give instead of a number, for a person. */
export const OBSERVED_FORMS =
  '{"count", "of"}, {"events", "seconds"}, {"count", "mean", "stddev"} or {"buckets": [[le, cumulative count], …]}';

const SHOWN_PERCENTS = [50, 95, 99];

const amount = z.number().min(0);
const edge = z.union([z.number(), z.string().transform(edgeOf)]).refine((bound) => !Number.isNaN(bound));

const observed = z.union([
  z.strictObject({ count: amount, of: amount }).refine(({ count, of }) => of > 0 && count <= of),
  z.strictObject({ events: amount, seconds: z.number().gt(0) }),
  z.strictObject({ count: amount.gt(0), mean: z.number(), stddev: amount }),
  z.strictObject({ buckets: z.array(z.tuple([edge, amount])).min(1), sum: z.number().optional() }),
]);

/** Reads the observations behind a metric; undefined when the value is none of the forms, or has no observation. */
export function readObservedMetric(value: unknown): ObservedMetric | undefined {
  const parsed = observed.safeParse(value);
  if (!parsed.success) return undefined;
  const sample = sampleOf(parsed.data);
  const values = sample === undefined ? undefined : sampleValues(sample);
  return sample === undefined || values === undefined ? undefined : { sample, values };
}

function sampleOf(given: z.output<typeof observed>): MetricSample | undefined {
  if ('of' in given) {
    // Prometheus extrapolates counts to parts of one.
    const trials = Math.round(given.of);
    return { kind: 'proportion', successes: Math.min(trials, Math.round(given.count)), trials };
  }
  if ('events' in given) return { kind: 'events', events: Math.round(given.events), seconds: given.seconds };
  if ('stddev' in given) {
    const { count, mean, stddev } = given;
    return { kind: 'mean', count, mean, squaredDeviations: stddev ** 2 * count };
  }
  const histogram = histogramOf(given.buckets);
  if (histogram === undefined) return undefined;
  return { kind: 'histogram', ...histogram, ...(given.sum === undefined ? {} : { sum: given.sum }) };
}

/** What is shown of a metric whose observations are known; undefined when there is none. */
export function sampleValues(sample: MetricSample): ObservedMetric['values'] | undefined {
  switch (sample.kind) {
    case 'proportion':
      return sample.trials === 0 ? undefined : { '': sample.successes / sample.trials };
    case 'events':
      return { '': sample.events / sample.seconds };
    case 'mean':
      return { '': sample.mean };
    case 'ratio':
      return { '': sample.pairs.mean / sample.pairs.otherMean };
    case 'histogram':
      return histogramValues(sample);
  }
}

function histogramValues(histogram: Histogram): ObservedMetric['values'] | undefined {
  const count = histogramCount(histogram);
  if (count === 0) return undefined;
  const { sum } = histogram;
  const percentiles = SHOWN_PERCENTS.flatMap((percent) => {
    const found = histogramPercentile(histogram, percent);
    return found === undefined ? [] : [[`/${percentileName(percent)}`, found] as const];
  });
  return {
    '/count': count,
    ...(sum === undefined ? {} : { '/mean': sum / count }),
    ...Object.fromEntries(percentiles),
  };
}

/** The histogram of cumulative counts by upper bound, in any order; those of one bound, of several series, add up. Undefined where a count falls. */
function histogramOf(buckets: readonly (readonly [number, number])[]): Histogram | undefined {
  const cumulative = new Map<number, number>();
  for (const [bound, count] of buckets) cumulative.set(bound, (cumulative.get(bound) ?? 0) + count);
  const ascending = [...cumulative].sort(([one], [other]) => one - other);
  const bounds = ascending.map(([bound]) => bound).filter((bound) => bound !== Infinity);
  const totals = ascending.map(([, count]) => Math.round(count));
  const counts = totals.map((count, index) => count - (totals[index - 1] ?? 0));
  if (bounds.length === 0 || counts.some((count) => count < 0)) return undefined;
  // Without a bucket for all values none lies above the last bound.
  return { bounds, counts: counts.length > bounds.length ? counts : [...counts, 0] };
}

function edgeOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text.trim() === '' ? Number.NaN : Number(text);
}
