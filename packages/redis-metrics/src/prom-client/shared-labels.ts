import type { Labels } from '../recording/series/instruments.js';

/** What of a registry of prom-client 15 says which labels a series got from `setDefaultLabels`; no method returns them. */
export interface DefaultLabelled {
  readonly _defaultLabels?: object;
  getSingleMetric?(name: string): object | undefined;
}

/** Labels of one metric, as all processes share them. */
export type SharedLabels = (labels: Labels) => Labels;

/**
 * Leaves out those of the registry's default labels that differ from process to process, so that series of several processes are
 * one. A label that the metric itself was declared with stays.
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
