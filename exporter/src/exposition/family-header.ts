import { escapeHelp, escapeLabelValue, metricNameText } from '@redmeter/metric-reader';
import type { Format } from './format.js';

/** The header of a family. */
export interface FamilyDescription {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly unit: string | undefined;
}

const TOTAL = '_total';

/**
 * HELP, TYPE and in OpenMetrics UNIT of a family. Series have the same names in both formats, so in OpenMetrics a
 * counter is `unknown` where its name does not end in `_total`, or where another family has the name without it.
 * @param isTaken whether another family has this name
 */
export function familyHeader(family: FamilyDescription, format: Format, isTaken: (name: string) => boolean): string {
  const { name, type, help, unit } = family;
  if (format === 'text') {
    const quoted = metricNameText(name);
    return `# HELP ${quoted} ${escapeHelp(help)}\n# TYPE ${quoted} ${type}\n`;
  }
  const isCounter = isOpenMetricsCounter(family, isTaken);
  const base = isCounter ? name.slice(0, -TOTAL.length) : name;
  const shown = metricNameText(base);
  const shownType = type === 'counter' && !isCounter ? 'unknown' : type;
  // A unit that is not the suffix of the name makes the whole response invalid.
  const unitLine = unit !== undefined && base.endsWith(`_${unit}`) ? `# UNIT ${shown} ${unit}\n` : '';
  return `# HELP ${shown} ${escapeLabelValue(help)}\n# TYPE ${shown} ${shownType}\n${unitLine}`;
}

/** Whether OpenMetrics can call a family a counter without renaming its series. */
export function isOpenMetricsCounter({ name, type }: FamilyDescription, isTaken: (name: string) => boolean): boolean {
  return (
    type === 'counter' && name.endsWith(TOTAL) && name.length > TOTAL.length && !isTaken(name.slice(0, -TOTAL.length))
  );
}
