import type { CountedObservations, Labels } from '../recording/series/instruments.js';

/** One value of a metric in the JSON of prom-client 15. */
export interface PromClientValue {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  /** Set when it differs from the metric's name: `x_bucket`, `x_sum`, `x_count`. */
  readonly metricName?: string;
}

/** One metric in the JSON of prom-client 15. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram` or `summary`; a number in prom-client's own types. */
  readonly type: unknown;
  /** How prom-client's cluster mode combines the values of several processes; default `sum`. */
  readonly aggregator?: unknown;
  readonly values: readonly PromClientValue[];
}

/** One series of a histogram. */
export interface HistogramSnapshot extends CountedObservations {
  readonly labels: Labels;
}

/** One series of a summary. */
export interface SummarySnapshot {
  readonly labels: Labels;
  readonly quantiles: readonly (readonly [quantile: number, value: number])[];
  readonly count: number;
  readonly sum: number;
}

/** The values of each series of a metric: they are consecutive and end with `_count`. */
function* runsOf({ name, values }: PromClientMetric): Generator<readonly PromClientValue[]> {
  let run: PromClientValue[] = [];
  for (const value of values) {
    run.push(value);
    if (value.metricName !== `${name}_count`) continue;
    yield run;
    run = [];
  }
}

/** The series of a histogram, with counts that are not cumulative. */
export function* histogramSeries(metric: PromClientMetric): Generator<HistogramSnapshot> {
  for (const run of runsOf(metric)) {
    const bounds: number[] = [];
    const counts: number[] = [];
    let below = 0;
    for (const { labels, metricName, value } of run) {
      if (metricName !== `${metric.name}_bucket`) continue;
      if (labels['le'] !== '+Inf') bounds.push(Number(labels['le']));
      counts.push(value - below);
      below = value;
    }
    yield { labels: labelsOf(run.at(-1)), bounds, counts, sum: valueOf(run, `${metric.name}_sum`) };
  }
}

/** The series of a summary. */
export function* summarySeries(metric: PromClientMetric): Generator<SummarySnapshot> {
  for (const run of runsOf(metric)) {
    const quantiles = run
      .filter(({ metricName }) => metricName === undefined)
      .map(({ labels, value }) => [Number(labels['quantile']), value] as const);
    const count = valueOf(run, `${metric.name}_count`);
    yield { labels: labelsOf(run.at(-1)), quantiles, count, sum: valueOf(run, `${metric.name}_sum`) };
  }
}

/** The labels of a value, without undefined ones. */
export function labelsOf(value: PromClientValue | undefined): Labels {
  const labels: Record<string, string | number> = {};
  for (const [name, text] of Object.entries(value?.labels ?? {})) if (text !== undefined) labels[name] = text;
  return labels;
}

function valueOf(run: readonly PromClientValue[], name: string): number {
  return run.find(({ metricName }) => metricName === name)?.value ?? Number.NaN;
}
