import type { Labels } from '../recording/series/instruments.js';

/** The part of a prom-client 15 registry that has the labels of `setDefaultLabels`; no method returns them. */
export interface DefaultLabelled {
  readonly _defaultLabels?: object;
  getSingleMetric?(name: string): object | undefined;
}

/** Removes labels that differ between processes. */
export type SharedLabels = (labels: Labels) => Labels;

/**
 * Returns a function that removes default labels of the registry that differ between processes, so that processes share series. Labels
 * that the metric itself declares are kept.
 */
export function sharedLabelsOf(
  register: DefaultLabelled,
  metricName: string,
  isProcessLabel: (name: string) => boolean,
): SharedLabels {
  const defaults = Object.entries<unknown>({ ...register._defaultLabels }).filter(([name]) => isProcessLabel(name));
  if (defaults.length === 0) return (labels) => labels;
  const own = labelNamesOf(register.getSingleMetric?.(metricName));
  const left = new Map(defaults.filter(([name]) => !own.includes(name)));
  return (labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => !left.has(name)));
}

function labelNamesOf(metric: object | undefined): readonly unknown[] {
  return metric !== undefined && 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
}
