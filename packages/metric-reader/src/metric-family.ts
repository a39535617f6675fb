import {
  DERIVED_SUFFIXES,
  METRIC_TYPES,
  type FamilyRecord,
  type MetricRecord,
  type MetricType,
} from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { mergeCopies } from './merge-copies.js';
import type { KeyedRecord, Series } from './series.js';
import type { SkipCounts } from './skip-counts.js';

/** A metric with its series, each once. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly declared: FamilyRecord | undefined;
  /** At least one, in the order of their labels' text, by bytes. */
  readonly series: readonly Series[];
}

/** The good records of one metric name, by type. */
export interface RecordsOfName {
  readonly name: string;
  readonly declared: FamilyRecord | undefined;
  readonly groups: ReadonlyMap<MetricType, readonly KeyedRecord[]>;
}

/**
 * Gives every name one metric of one type, and every label set one series.
 *
 * If a name has several types, the declared one counts, else the first of METRIC_TYPES; a name derived from a histogram
 * is left out.
 * @param names in the order of their bytes: so a histogram comes before what it derives
 * @param skipped where the keys that are left out are counted
 * @param nowMs milliseconds since the epoch
 */
export function formFamilies(names: Iterable<RecordsOfName>, skipped: SkipCounts, nowMs: number): MetricFamily[] {
  const families: MetricFamily[] = [];
  const histograms = new Set<string>();
  for (const { name, declared, groups } of names) {
    const type = preferredType(groups, declared);
    for (const [other, records] of groups) {
      if (other !== type) skipped.add('type_conflict', records.length);
    }
    const records = type === undefined ? [] : (groups.get(type) ?? []);
    if (type === undefined || records.length === 0) continue;
    if (DERIVED_SUFFIXES.some((suffix) => name.endsWith(suffix) && histograms.has(name.slice(0, -suffix.length)))) {
      skipped.add('derived_name', records.length);
      continue;
    }
    if (type === 'histogram') histograms.add(name);
    families.push({ name, type, declared, series: mergeAll(records, skipped, nowMs) });
  }
  return families;
}

function preferredType(
  groups: ReadonlyMap<MetricType, readonly KeyedRecord[]>,
  declared: FamilyRecord | undefined,
): MetricType | undefined {
  const types = METRIC_TYPES.filter((type) => (groups.get(type)?.length ?? 0) > 0);
  return types.find((type) => type === declared?.type) ?? types[0];
}

function mergeAll(records: readonly KeyedRecord[], skipped: SkipCounts, nowMs: number): Series[] {
  const copiesByLabels = new Map<string, [KeyedRecord, ...KeyedRecord[]]>();
  for (const record of records) {
    const copies = copiesByLabels.get(record.labels.text);
    if (copies === undefined) copiesByLabels.set(record.labels.text, [record]);
    else copies.push(record);
  }
  return [...copiesByLabels.values()]
    .sort(([a], [b]) => compareBytes(a.labels.text, b.labels.text))
    .map((copies) => {
      const [{ labels }] = copies;
      const { value, duplicates, boundsMismatches } = mergeCopies(inKeyOrder(copies), nowMs);
      skipped.add('duplicate_series', duplicates);
      skipped.add('bounds_mismatch', boundsMismatches);
      return { labels, value };
    });
}

function inKeyOrder(copies: readonly [KeyedRecord, ...KeyedRecord[]]): [MetricRecord, ...MetricRecord[]] {
  const [first, ...others] = [...copies].sort((a, b) => Buffer.compare(a.key, b.key));
  return [(first ?? copies[0]).record, ...others.map(({ record }) => record)];
}
