import { isJsonObject, parseJson } from './json.js';
import { isMetricType, type MetricType } from './metric-type.js';
import { DERIVED_BUCKETS_HELP, MISSING_HELP } from './reader-families.js';

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
  /** Whether it is a histogram of native buckets alone: those that text shows are derived from them. */
  readonly hasDerivedBuckets: boolean;
}

/** Reads a family record; undefined when it is none. */
export function parseFamilyRecord(text: string): FamilyRecord | undefined {
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const { type, help, unit, native, bounds } = json.value;
  if (!isMetricType(type)) return undefined;
  const hasBounds = bounds !== undefined && bounds !== null;
  const hasDerivedBuckets =
    type === 'histogram' && !hasBounds && isJsonObject(native) && typeof native['schema'] === 'number';
  return { type, help: nonEmptyText(help), unit: nonEmptyText(unit), hasDerivedBuckets };
}

/** What stands under `# HELP` for a metric. */
export function familyHelp(record: FamilyRecord | undefined): string {
  const help = record?.help ?? MISSING_HELP;
  return record?.hasDerivedBuckets === true ? help + DERIVED_BUCKETS_HELP : help;
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
