import { familyHelp, formatLe, percentileHelp, PERCENTILES } from '@redmeter/metric-format';
import type { LabelSet } from './label-set.js';
import type { MetricFamily } from './metric-family.js';
import type { Sample, SampleFamily } from './sample-family.js';
import type { HistogramView, Series } from './series.js';

/**
 * The families of a metric: itself, and for a histogram also the gauges of its percentiles, if there
 * are recent observations.
 */
export function toSampleFamilies({ name, type, declared, series }: MetricFamily): SampleFamily[] {
  const main = {
    name,
    type,
    help: familyHelp(declared),
    samples: series.flatMap((one) => samplesOf(name, one)),
  };
  if (type !== 'histogram') return [main];
  const percentiles = PERCENTILES.map((percentile, i) => ({
    name: name + percentile.suffix,
    type: 'gauge' as const,
    help: percentileHelp(percentile, name),
    samples: series.flatMap(({ labels, value }) => {
      const found = value.type === 'histogram' ? value.percentiles[i] : undefined;
      return found === undefined ? [] : [{ name: name + percentile.suffix, labels, le: undefined, value: found }];
    }),
  }));
  return [main, ...percentiles.filter(({ samples }) => samples.length > 0)];
}

function samplesOf(name: string, { labels, value }: Series): Sample[] {
  return value.type === 'histogram'
    ? histogramSamples(name, labels, value)
    : [{ name, labels, le: undefined, value: value.value }];
}

function histogramSamples(name: string, labels: LabelSet, { buckets, count, sum }: HistogramView): Sample[] {
  const samples: Sample[] = [];
  let cumulative = 0;
  buckets?.bounds.forEach((bound, i) => {
    cumulative += buckets.counts[i] ?? 0;
    samples.push({ name: `${name}_bucket`, labels, le: formatLe(bound), value: cumulative });
  });
  samples.push(
    { name: `${name}_bucket`, labels, le: '+Inf', value: count },
    { name: `${name}_sum`, labels, le: undefined, value: sum },
    { name: `${name}_count`, labels, le: undefined, value: count },
  );
  return samples;
}
