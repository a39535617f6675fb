import type { FamilyRecord, MetricType } from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { toSampleFamilies } from './family-samples.js';
import { latest } from './histogram-view.js';
import { formFamilies, type MetricFamily, type RecordsOfName } from './metric-family.js';
import { reportSamples, type ReadingReport } from './reader-samples.js';
import type { PlannedFamily, ReadingPlan } from './reading-plan.js';
import type { SampleFamily } from './sample-family.js';
import type { KeyedRecord } from './series.js';
import { SkipCounts } from './skip-counts.js';
import { readStoredValue, type StoredValue } from './stored-value.js';

/** What Redis holds for a plan. */
export interface StoredState {
  value(key: Uint8Array): StoredValue;
  /** The family record under a key, one byte a character; undefined when there is none, or none that can be read. */
  family(key: string): FamilyRecord | undefined;
}

/** All that one look at Redis gives. */
export interface Reading {
  /** What applications recorded, in the order of the names' bytes. */
  readonly metrics: readonly MetricFamily[];
  /** What the reader says of itself. */
  readonly report: ReadingReport;
  /** Both as they are shown, in the order of the names' bytes. */
  readonly families: readonly SampleFamily[];
}

/**
 * Reads what a plan asks for: the same series, values and skips as the script `redis-exporter.lua` gives. Pure: one
 * bad key costs only itself, and nothing is raised.
 * @param nowMs milliseconds since the epoch: percentiles speak of the last one to two minutes
 */
export function readMetrics(plan: ReadingPlan, stored: StoredState, nowMs: number): Reading {
  const { truncated, isScanDisabled, maxSeries } = plan;
  const skipped = new SkipCounts(plan.skipped);
  const names = plan.families.map((family) => readRecords(family, stored, skipped));
  const metrics = formFamilies(names, skipped, nowMs);
  const seriesByType = new Map<MetricType, number>();
  for (const { type, series } of metrics) seriesByType.set(type, (seriesByType.get(type) ?? 0) + series.length);
  const lastWriteMs = latest(metrics.flatMap(({ series }) => series.map(({ value }) => value.timestampMs)));
  const report = { skipped, seriesByType, maxSeries, isScanDisabled, truncated, lastWriteMs };
  const families = [...metrics.flatMap(toSampleFamilies), ...reportSamples(report)];
  return { metrics, report, families: families.sort((a, b) => compareBytes(a.name, b.name)) };
}

function readRecords(
  { name, groups, recordKeys }: PlannedFamily,
  stored: StoredState,
  skipped: SkipCounts,
): RecordsOfName {
  const good = new Map<MetricType, KeyedRecord[]>();
  for (const [type, keys] of groups) {
    const records: KeyedRecord[] = [];
    for (const { key, labels } of keys) {
      const parsed = readStoredValue(type, stored.value(key));
      if (parsed.kind === 'record') records.push({ key, labels, record: parsed.record });
      else if (parsed.kind === 'skipped') skipped.add(parsed.reason);
    }
    good.set(type, records);
  }
  const declared = recordKeys.reduce<FamilyRecord | undefined>((found, key) => found ?? stored.family(key), undefined);
  return { name, declared, groups: good };
}
