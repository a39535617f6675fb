import type { MetricData } from '@opentelemetry/sdk-metrics';
import { unitName } from '@redmeter/metric-format';
import type { CounterDefinition } from '@redmeter/redis-metrics';

/** How a metric is declared: its name as it is, its description in one line, and the name of its unit. */
export function definitionOf({ descriptor }: MetricData): CounterDefinition {
  const { name, description, unit } = descriptor;
  const help = description.replace(/\s+/g, ' ').trim();
  const known = unitName(unit);
  return { name, ...(help === '' ? {} : { help }), ...(known === undefined ? {} : { unit: known }) };
}
