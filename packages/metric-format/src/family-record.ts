import { isJsonObject, parseJson } from './json.js';
import { isMetricType, type MetricType } from './metric-type.js';

/** How gauges of one series by several processes become one value. */
export const GAUGE_MODES = ['last', 'sum', 'process'] as const;

/** How gauges of one series by several processes become one value. */
export type GaugeMode = (typeof GAUGE_MODES)[number];

/** What is known of a metric name as a whole. */
export interface FamilyRecord {
  readonly type: MetricType;
  readonly help: string | undefined;
  /** The unit as a suffix of the name, e.g. `ms`. */
  readonly unit: string | undefined;
}

/** Reads a family record; undefined when it is none. */
export function parseFamilyRecord(text: string): FamilyRecord | undefined {
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const { type, help, unit } = json.value as { type?: unknown; help?: unknown; unit?: unknown };
  if (!isMetricType(type)) return undefined;
  return { type, help: nonEmptyText(help), unit: nonEmptyText(unit) };
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
