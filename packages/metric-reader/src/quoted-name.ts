import { isLegacyMetricName, isPlainName } from '@redmeter/metric-format';
import { escapeLabelValue } from './escape.js';

/** A label name as the exposition formats write it: in double quotes where Prometheus 2 does not accept it. */
export function labelNameText(name: string): string {
  return isPlainName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/** A metric name as the exposition formats write it after HELP, TYPE and UNIT: in double quotes where Prometheus 2 does not accept it. */
export function metricNameText(name: string): string {
  return isLegacyMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
}

/**
 * A sample's series as the exposition formats write it: `requests{method="GET"}`, or `{"http.requests",method="GET"}` where Prometheus 2
 * does not accept the name.
 * @param labels the text of its labels; empty without any
 */
export function seriesText(name: string, labels: string): string {
  if (isLegacyMetricName(name)) return labels === '' ? name : `${name}{${labels}}`;
  return labels === '' ? `{${metricNameText(name)}}` : `{${metricNameText(name)},${labels}}`;
}
