import {
  DERIVED_SUFFIXES,
  escapeLabelName,
  escapeMetricName,
  isLegacyMetricName,
  isPlainName,
  isReservedLabelName,
  isReservedMetricName,
  type EscapingScheme,
  type Label,
  type MetricType,
} from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { labelSet, type LabelSet } from './label-set.js';
import type { MetricFamily } from './metric-family.js';
import type { Series } from './series.js';

/** A metric with its name escaped. */
export interface EscapedMetric<M, S> {
  readonly metric: M;
  readonly name: string;
  /** What `escapeSeries` returned for it. */
  readonly series: S;
}

/** How the series of a metric are counted and escaped. */
export interface SeriesEscaping<M, S> {
  /** How many series a metric has; asked where its name is taken. */
  readonly countSeries: (metric: M) => number;
  /** The series of a metric that are shown, undefined where none is, and how many are left out. See `escapeLabelSets`. */
  readonly escapeSeries: (metric: M) => { readonly series: S | undefined; readonly leftOut: number };
}

/** Metrics with escaped names, and what is left out. */
export interface EscapedMetrics<M, S> {
  readonly shown: readonly EscapedMetric<M, S>[];
  /** By the name of the metric, not escaped: its series that are left out. */
  readonly collisions: ReadonlyMap<string, number>;
}

/**
 * Escapes the names of metrics, without two that are alike then: names that stay as they are have precedence, then the first in the order
 * of bytes. The others are left out and counted, and so are series that `escapeSeries` leaves out.
 * @param metrics in the order of their names' bytes
 * @param taken names that others have in the answer; default none
 */
export function escapeMetrics<M extends { readonly name: string; readonly type: MetricType }, S>(
  metrics: readonly M[],
  scheme: EscapingScheme,
  { countSeries, escapeSeries }: SeriesEscaping<M, S>,
  taken: Iterable<string> = [],
): EscapedMetrics<M, S> {
  const names = new TakenNames(taken);
  const collisions = new Map<string, number>();
  const shown: EscapedMetric<M, S>[] = [];
  const isLegacy = ({ name }: M): boolean => isLegacyMetricName(name);
  for (const metric of [...metrics.filter(isLegacy), ...metrics.filter((one) => !isLegacy(one))]) {
    const name = escapeMetricName(metric.name, scheme);
    const isFree = name === metric.name || names.areFree(name, metric.type);
    const { series, leftOut } = isFree ? escapeSeries(metric) : { series: undefined, leftOut: countSeries(metric) };
    if (leftOut > 0) collisions.set(metric.name, leftOut);
    if (series === undefined) continue;
    names.take(name, metric.type);
    shown.push({ metric, name, series });
  }
  return { shown, collisions };
}

/**
 * Escapes the labels of the series of one metric, without two that are alike then: plain names have precedence, then the first in the
 * order of their text's bytes. A series two label names of which are alike then, or one reserved, is left out, too.
 * @returns the labels of those that are shown, by their text before, in this order
 */
export function escapeLabelSets(all: readonly LabelSet[], scheme: EscapingScheme): ReadonlyMap<string, LabelSet> {
  const shown = new Map(all.filter(hasPlainNames).map((labels) => [labels.text, labels]));
  const taken = new Set(shown.keys());
  const others = all.filter((labels) => !hasPlainNames(labels)).sort((a, b) => compareBytes(a.text, b.text));
  for (const one of others) {
    const labels = escapeLabels(one, scheme);
    if (labels === undefined || taken.has(labels.text)) continue;
    taken.add(labels.text);
    shown.set(one.text, labels);
  }
  return shown;
}

/** Label names as a scheme shows them; undefined where two are alike then, or one is reserved. */
export function escapeLabelNames(names: readonly string[], scheme: EscapingScheme): readonly string[] | undefined {
  const escaped = names.map((name) => escapeLabelName(name, scheme));
  return new Set(escaped).size < escaped.length || escaped.some(isReservedLabelName) ? undefined : escaped;
}

/** The metrics of a reading with escaped names. @param families in the order of their names' bytes */
export function escapeFamilies(
  families: readonly MetricFamily[],
  scheme: EscapingScheme,
): { readonly families: readonly MetricFamily[]; readonly collisions: ReadonlyMap<string, number> } {
  const { shown, collisions } = escapeMetrics(families, scheme, {
    countSeries: ({ series }) => series.length,
    escapeSeries({ series }) {
      const byText = new Map(series.map((one) => [one.labels.text, one]));
      const labelSets = escapeLabelSets(
        series.map(({ labels }) => labels),
        scheme,
      );
      const escaped = [...labelSets].flatMap(([text, labels]): Series[] => {
        const one = byText.get(text);
        return one === undefined ? [] : [{ ...one, labels }];
      });
      return { series: escaped.length === 0 ? undefined : escaped, leftOut: series.length - escaped.length };
    },
  });
  return { families: shown.map(({ metric, name, series }) => ({ ...metric, name, series })), collisions };
}

/** The names that metrics have in an answer with escaped names, also those that histograms derive. */
class TakenNames {
  readonly #names: Set<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** Whether a metric can have this name: it is not reserved, and neither it nor what the metric derives is somebody's. */
  areFree(name: string, type: MetricType): boolean {
    return !isReservedMetricName(name) && !namesOf(name, type).some((one) => this.#names.has(one));
  }

  take(name: string, type: MetricType): void {
    for (const one of namesOf(name, type)) this.#names.add(one);
  }
}

function namesOf(name: string, type: MetricType): string[] {
  return type === 'histogram' ? [name, ...DERIVED_SUFFIXES.map((suffix) => name + suffix)] : [name];
}

function hasPlainNames({ labels }: LabelSet): boolean {
  return labels.every(([name]) => isPlainName(name));
}

function escapeLabels({ labels }: LabelSet, scheme: EscapingScheme): LabelSet | undefined {
  const names = escapeLabelNames(
    labels.map(([name]) => name),
    scheme,
  );
  const escaped = names?.map((name, i): Label => [name, labels[i]?.[1] ?? '']);
  return escaped && labelSet(escaped.sort(([a], [b]) => compareBytes(a, b)));
}
