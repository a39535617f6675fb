import { formatNumber, type Exemplar, type Label } from '@redmeter/metric-format';
import { labelSet } from '@redmeter/metric-reader';

const NOT_IN_NAMES = /[^a-zA-Z0-9_]|^[0-9]/gu;

/**
 * What stands after a sample for its exemplar, OpenMetrics only; empty without one. Label names that OpenMetrics 1.0 does not have are
 * written with underscores, since a scraper would refuse the whole answer for one of them.
 */
export function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const labels = shownLabels(exemplar.labels);
  if (labels.length === 0) return '';
  const { value, timestampMs } = exemplar;
  const time = timestampMs === undefined ? '' : ` ${formatNumber(timestampMs / 1000)}`;
  return ` # {${labelSet(labels).text}} ${formatNumber(value)}${time}`;
}

function shownLabels(labels: readonly Label[]): Label[] {
  const shown = new Map<string, string>();
  for (const [name, value] of labels) {
    const escaped = name.replaceAll(NOT_IN_NAMES, '_');
    // An empty label is none.
    if (value !== '' && !shown.has(escaped)) shown.set(escaped, value);
  }
  return [...shown];
}
