import {
  atZero,
  isNewSeries,
  type EscapingScheme,
  type FamilyRecord,
  type MetricRecord,
  type MetricType,
} from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { escapeFamilies } from './escape-families.js';
import { toSampleFamilies } from './family-samples.js';
import { latest } from './histogram-view.js';
import { formFamilies, type MetricFamily, type RecordsOfName } from './metric-family.js';
import { reportSamples, type ReadingReport } from './reader-samples.js';
import type { PlannedFamily, ReadingPlan } from './reading-plan.js';
import type { SampleFamily } from './sample-family.js';
import type { KeyedRecord } from './series.js';
import { SkipCounts } from './skip-counts.js';
import { readStoredValue, type StoredValue } from './stored-value.js';

/** The content of Redis for a plan. */
export interface StoredState {
  value(key: Uint8Array): StoredValue;
  /** The family record under a key, one byte a character; undefined when there is none, or none that can be read. */
  family(key: string): FamilyRecord | undefined;
  /** How long a key still lives, in milliseconds; undefined for one without an end. Asked of new series only. */
  leftMs?(key: Uint8Array): number | undefined;
}

/** The time at which a state is shown. */
interface Moment {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** For how long counters and histograms are shown as 0 after they began, in milliseconds. */
  readonly newMs: number;
}

/** The result of one read of Redis. */
export interface Reading {
  /** The metrics of applications, in the byte order of their names. */
  readonly metrics: readonly MetricFamily[];
  /** The reader's own metrics. */
  readonly report: ReadingReport;
  /** Both, in the byte order of their names. */
  readonly families: readonly SampleFamily[];
}

/**
 * Reads the metrics of a plan, with the same series, values and skips as the script `redis-exporter.lua`. Pure: one
 * bad key affects only itself, and nothing is thrown.
 * @param nowMs milliseconds since the epoch: percentiles speak of the last one to two minutes
 * @param newMs for how long counters and histograms are shown as 0 after they began, in milliseconds; default 0
 * @param escaping how names are shown that Prometheus 2 does not accept; default as they are
 */
export function readMetrics(
  plan: ReadingPlan,
  stored: StoredState,
  nowMs: number,
  newMs = 0,
  escaping: EscapingScheme = 'allow-utf-8',
): Reading {
  const { truncated, isScanDisabled, maxSeries } = plan;
  const skipped = new SkipCounts(plan.skipped);
  const names = plan.families.map((family) => readRecords(family, stored, skipped, { nowMs, newMs }));
  const formed = formFamilies(names, skipped, nowMs);
  const { families: metrics, collisions } =
    escaping === 'allow-utf-8'
      ? { families: formed, collisions: new Map<string, number>() }
      : escapeFamilies(formed, escaping);
  const seriesByType = new Map<MetricType, number>();
  for (const { type, series } of metrics) seriesByType.set(type, (seriesByType.get(type) ?? 0) + series.length);
  const lastWriteMs = latest(formed.flatMap(({ series }) => series.map(({ value }) => value.timestampMs)));
  const report = { skipped, seriesByType, maxSeries, isScanDisabled, truncated, collisions, lastWriteMs };
  const families = [...metrics.flatMap(toSampleFamilies), ...reportSamples(report)];
  return { metrics, report, families: families.sort((a, b) => compareBytes(a.name, b.name)) };
}

function readRecords(
  { name, groups, recordKeys }: PlannedFamily,
  stored: StoredState,
  skipped: SkipCounts,
  moment: Moment,
): RecordsOfName {
  const good = new Map<MetricType, KeyedRecord[]>();
  for (const [type, keys] of groups) {
    const records: KeyedRecord[] = [];
    for (const { key, labels } of keys) {
      const parsed = readStoredValue(type, stored.value(key));
      if (parsed.kind === 'record') records.push({ key, labels, record: shown(parsed.record, key, stored, moment) });
      else if (parsed.kind === 'skipped') skipped.add(parsed.reason);
    }
    good.set(type, records);
  }
  const declared = recordKeys.reduce<FamilyRecord | undefined>((found, key) => found ?? stored.family(key), undefined);
  return { name, declared, groups: good };
}

function shown(record: MetricRecord, key: Uint8Array, stored: StoredState, { nowMs, newMs }: Moment): MetricRecord {
  if (record.type === 'gauge' || record.createdMs === undefined || nowMs - record.createdMs >= newMs) return record;
  const { createdMs } = record;
  return isNewSeries({ createdMs, nowMs, leftMs: stored.leftMs?.(key) }, newMs) ? atZero(record) : record;
}
