import { formatNumber, isLegacyMetricName, isPlainName } from '@redmeter/metric-format';
import { escapeLabelValue } from './escape.js';
import type { Sample, SampleFamily } from './sample-family.js';

/** A flat list for redis_exporter: selector, value, selector, value. */
export function renderPairs(families: readonly SampleFamily[]): string[] {
  return families.flatMap(({ samples }) =>
    samples.flatMap((sample) => [renderSelector(sample), formatNumber(sample.value)]),
  );
}

/**
 * A sample's series as the PromQL selector that finds it, `user_events{event="joined"}` or `{"http.requests","http.method"="GET"}`.
 */
export function renderSelector({ name, labels, le }: Sample): string {
  const matchers = labels.labels.map(
    ([label, value]) => `${isPlainName(label) ? label : quote(label)}=${quote(value)}`,
  );
  if (le !== undefined) matchers.push(`le="${le}"`);
  if (!isLegacyMetricName(name)) return `{${[quote(name), ...matchers].join(',')}}`;
  return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`;
}

// The relabelling of Prometheus can parse backticks, but not escapes; a value that also contains a backtick stays escaped.
function quote(value: string): string {
  const escaped = escapeLabelValue(value);
  return escaped === value || value.includes('`') ? `"${escaped}"` : `\`${value}\``;
}
