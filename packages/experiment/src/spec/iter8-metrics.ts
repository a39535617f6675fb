import { withoutOverlap, type HistogramBucket, type MetricHistogram } from '../result/metric-histogram.js';
import { canonicalMetricName } from '../result/metric-name.js';

/** The metrics of one version in a result of Iter8. */
export type Iter8Metrics = {
  readonly values: Record<string, number>;
  readonly histograms: Record<string, MetricHistogram>;
};

/** Where a result of Iter8 holds the metrics of one version, each by name. */
export type Iter8Observations = {
  /** `nonHistMetricValues`; in 0.8 `metricValues`, histograms among them. */
  readonly observed: unknown;
  readonly histograms: unknown;
  readonly summaries: unknown;
  /** What is known of a metric beside its values, by its name. */
  readonly infoOf: (name: string) => ReadonlyMap<string, unknown>;
  /** Metrics that SLOs name, some of which are percentiles of a sample. */
  readonly wanted: readonly string[];
};

const PERCENTS = [50, 75, 90, 95, 99, 99.9];

/** Reads the metrics of one version: of several observations the latest, of a sample and a summary what Iter8 makes of them. */
export function readIter8Metrics({ observed, histograms, summaries, infoOf, wanted }: Iter8Observations): Iter8Metrics {
  const values = new Map<string, number>();
  const buckets = new Map<string, MetricHistogram>();
  const put = (name: string, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) values.set(canonicalMetricName(name), value);
  };
  for (const [name, given] of entriesOf(observed)) {
    const numbers = numbersIn(given);
    const type = String(infoOf(name).get('type')).toLowerCase();
    if (type === 'histogram') buckets.set(canonicalMetricName(name), equalBuckets(numbers, infoOf(name)));
    else if (type === 'sample') putSample(name, numbers, wanted, put);
    else put(name, numbers.at(-1));
  }
  for (const [name, given] of entriesOf(histograms)) {
    buckets.set(canonicalMetricName(name), withoutOverlap(listOf(given).flatMap(bucketsIn)));
  }
  for (const [name, given] of entriesOf(summaries)) putSummary(name, numbersIn(given), put);
  return { values: Object.fromEntries(values), histograms: Object.fromEntries(buckets) };
}

// 0.8: counts of buckets of equal width.
function equalBuckets(counts: readonly number[], info: ReadonlyMap<string, unknown>): MetricHistogram {
  const [min, max] = [info.get('xmin'), info.get('xmax')];
  if (typeof min !== 'number' || typeof max !== 'number' || counts.length === 0) return [];
  const edge = (index: number): number => min + ((max - min) * index) / counts.length;
  return withoutOverlap(counts.map((count, index) => ({ lower: edge(index), upper: edge(index + 1), count })));
}

function putSample(
  name: string,
  sample: readonly number[],
  wanted: readonly string[],
  put: (name: string, value: number | undefined) => void,
): void {
  const sorted = [...sample].sort((a, b) => a - b);
  const { length } = sorted;
  if (length === 0) return;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  put(`${name}/count`, length);
  put(`${name}/mean`, mean);
  put(`${name}/stddev`, length > 1 ? Math.sqrt(squares / (length - 1)) : undefined);
  put(`${name}/min`, sorted[0]);
  put(`${name}/max`, sorted.at(-1));
  const asked = wanted.flatMap((metric) => {
    const percent = metric.startsWith(`${name}/p`) ? Number(metric.slice(name.length + 2)) : NaN;
    return percent > 0 && percent <= 100 ? [percent] : [];
  });
  for (const percent of new Set([...PERCENTS, ...asked])) put(`${name}/p${percent}`, percentileOf(sorted, percent));
}

// As Iter8's library of statistics has it: the value at n p / 100, between two of them their mean.
function percentileOf(sorted: readonly number[], percent: number): number | undefined {
  const place = (sorted.length * percent) / 100;
  const below = Math.floor(place);
  const value = sorted[below - 1];
  if (Number.isInteger(place) || value === undefined) return value ?? sorted[0];
  return (value + (sorted[below] ?? value)) / 2;
}

// Count, sum, minimum, maximum and sum of squares; the standard deviation is that of a sample.
function putSummary(
  name: string,
  [count = 0, sum = 0, min, max, squares = 0]: readonly number[],
  put: (name: string, value: number | undefined) => void,
): void {
  put(`${name}/count`, count);
  if (count === 0) return;
  const mean = sum / count;
  put(`${name}/mean`, mean);
  put(`${name}/stddev`, count > 1 ? Math.sqrt(Math.max(0, squares - mean * mean * count) / (count - 1)) : undefined);
  put(`${name}/min`, min);
  put(`${name}/max`, max);
}

function bucketsIn(value: unknown): HistogramBucket[] {
  const fields = new Map(entriesOf(value).map(([key, field]) => [key.toLowerCase(), field]));
  const [lower, upper, count] = ['lower', 'upper', 'count'].map((name) => fields.get(name));
  if (typeof lower !== 'number' || typeof upper !== 'number' || typeof count !== 'number') return [];
  return [{ lower, upper, count }];
}

function numbersIn(value: unknown): number[] {
  return listOf(value).filter((item): item is number => typeof item === 'number');
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
