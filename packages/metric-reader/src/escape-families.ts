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

/** Metrics with escaped names, and what is left out. */
export interface EscapedFamilies {
  readonly families: readonly MetricFamily[];
  /** By the name of the metric, not escaped: its series that are left out. */
  readonly collisions: ReadonlyMap<string, number>;
}

/**
 * Escapes the names of metrics and labels, without two series or metrics that are alike then: names that stay as they are have
 * precedence, then the first in the order of bytes. The others are left out and counted.
 * @param families in the order of their names' bytes
 */
export function escapeFamilies(families: readonly MetricFamily[], scheme: EscapingScheme): EscapedFamilies {
  const collisions = new Map<string, number>();
  const escaped: MetricFamily[] = [];
  const names = new TakenNames();
  const isLegacy = ({ name }: MetricFamily): boolean => isLegacyMetricName(name);
  for (const family of [...families.filter(isLegacy), ...families.filter((one) => !isLegacy(one))]) {
    const name = escapeMetricName(family.name, scheme);
    const isFree = name === family.name || names.areFree(name, family.type);
    const series = isFree ? escapeSeries(family.series, scheme) : [];
    const count = family.series.length - series.length;
    if (count > 0) collisions.set(family.name, count);
    if (series.length === 0) continue;
    names.take(name, family.type);
    escaped.push({ ...family, name, series });
  }
  return { families: escaped, collisions };
}

/** The names that metrics have in an answer with escaped names, also those that histograms derive. */
export class TakenNames {
  readonly #names = new Set<string>();

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

/** The series of a metric whose labels, escaped, are not those of another: those with plain names, then the others. */
function escapeSeries(series: readonly Series[], scheme: EscapingScheme): readonly Series[] {
  const plain = series.filter(({ labels }) => hasPlainNames(labels));
  if (plain.length === series.length) return series;
  const shown = new Map(plain.map((one) => [one.labels.text, one]));
  for (const one of series) {
    if (hasPlainNames(one.labels)) continue;
    const labels = escapeLabels(one.labels, scheme);
    if (labels !== undefined && !shown.has(labels.text)) shown.set(labels.text, { ...one, labels });
  }
  return [...shown.values()];
}

/** Whether no label name of a series is escaped. */
export function hasPlainNames({ labels }: LabelSet): boolean {
  return labels.every(([name]) => isPlainName(name));
}

/** Labels with escaped names; undefined where two are alike then, or one is reserved. */
export function escapeLabels({ labels }: LabelSet, scheme: EscapingScheme): LabelSet | undefined {
  const escaped = labels.map(([name, value]): Label => [escapeLabelName(name, scheme), value]);
  const names = new Set(escaped.map(([name]) => name));
  if (names.size < escaped.length || [...names].some(isReservedLabelName)) return undefined;
  return labelSet(escaped.sort(([a], [b]) => compareBytes(a, b)));
}
