import { atZero, PERCENTILES, type CounterRecord, type MetricRecord, type MetricType } from '@redmeter/metric-format';
import { mergeCopies, type MergedCopies, type SeriesValue } from '@redmeter/metric-reader';
import { Copies, entriesOf, type Member } from '../entries/copies.js';
import { nextChangeMs, readHistogram } from '../values/histogram-json.js';
import { labelText, type LabelSource } from './member-labels.js';
import { createdLine, histogramLines, sampleLine, sampleLineWith } from './sample-lines.js';
import type { SeriesColumns } from '../entries/series-columns.js';
import type { SeriesEntry } from '../entries/series-entry.js';

/** The faces of a group: its own lines, the gauges of its percentiles, its own lines as OpenMetrics has them. */
export const FACES = { main: 0, percentiles: [1, 2, 3], openMetrics: 4 } as const;

/** What OpenMetrics shows that text does not: undefined where it shows the same. */
export type OpenMetricsExtras = { readonly withCreated: boolean } | undefined;

/** What the lines of a group are made of. */
export interface GroupText {
  readonly source: LabelSource;
  readonly name: string;
  readonly type: MetricType;
  readonly columns: SeriesColumns;
}

/**
 * The value in the line of a member that has one line of which nothing else ever changes; undefined for others.
 * @param extras undefined where the chunk has no lines of its own for OpenMetrics
 */
export function memberValue(
  { type, columns }: GroupText,
  member: Member,
  extras: OpenMetricsExtras,
): number | undefined {
  if (type === 'histogram' || extras !== undefined || member instanceof Copies) return undefined;
  return columns.shownValue(member.slot);
}

/** The lines of one series at `nowMs` for each face. */
export function memberFaces(group: GroupText, member: Member, nowMs: number, extras: OpenMetricsExtras): string[] {
  const { source, name, type, columns } = group;
  const labels = labelText(member, source);
  if (type !== 'histogram' && extras === undefined && !(member instanceof Copies)) {
    return [sampleLine(name, labels, columns.shownValue(member.slot))];
  }
  const value = mergeMember(group, member, nowMs)?.value;
  return value === undefined ? [] : facesOf(name, labels, value, extras);
}

/** The lines of a series for each face. */
export function facesOf(name: string, labels: string, value: SeriesValue, extras: OpenMetricsExtras): string[] {
  const main = value.type === 'histogram' ? histogramLines(name, labels, value) : sampleLine(name, labels, value.value);
  const faces = [main];
  for (const [i, face] of FACES.percentiles.entries()) {
    const percentile = value.type === 'histogram' ? value.percentiles[i] : undefined;
    const suffix = PERCENTILES[i]?.suffix ?? '';
    faces[face] = percentile === undefined ? '' : sampleLine(`${name}${suffix}`, labels, percentile);
  }
  if (extras !== undefined) {
    faces[FACES.openMetrics] =
      linesWithExemplars(name, labels, value, main) + (extras.withCreated ? created(name, labels, value) : '');
  }
  return faces;
}

function linesWithExemplars(name: string, labels: string, value: SeriesValue, plain: string): string {
  if (value.type === 'gauge' || value.exemplars === undefined) return plain;
  return value.type === 'histogram'
    ? histogramLines(name, labels, value, true)
    : sampleLineWith(value.exemplars.at(-1), name, labels, value.value);
}

/** What the keys of a member come to; undefined when none has a value. */
export function mergeMember(group: GroupText, member: Member, nowMs: number): MergedCopies | undefined {
  return mergeRecords(recordsOf(group, member, nowMs), nowMs);
}

/** A key with what is under it. */
export interface KeyRecord {
  readonly key: string;
  readonly record: MetricRecord;
}

/** What the records of some keys of one series come to, in the order of the keys' bytes; undefined when there is none. */
export function mergeRecords(records: readonly KeyRecord[], nowMs: number): MergedCopies | undefined {
  const [first, ...others] = [...records].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ record }) => record);
  return first === undefined ? undefined : mergeCopies([first, ...others], nowMs);
}

/** What is under the keys of a member. */
export function recordsOf(group: GroupText, member: Member, nowMs: number): KeyRecord[] {
  return entriesOf(member).flatMap((entry) => {
    const record = recordOf(group, entry, nowMs);
    return record === undefined ? [] : [{ key: entry.key, record }];
  });
}

function recordOf({ type, columns }: GroupText, { slot }: SeriesEntry, nowMs: number): MetricRecord | undefined {
  if (type === 'histogram') {
    const state = columns.histograms.get(slot);
    const record = state === undefined ? undefined : readHistogram(state.json);
    if (state !== undefined && record !== undefined) state.dueMs = nextChangeMs(record, nowMs);
    return record !== undefined && columns.atZero.has(slot) ? atZero(record) : record;
  }
  const value = columns.shownValue(slot);
  const timestampMs = defined(columns.timestampMs[slot]);
  return type === 'gauge'
    ? { type, value, timestampMs }
    : { type, value, createdMs: defined(columns.createdMs[slot]), timestampMs, ...exemplarsOf(columns, slot) };
}

/** Those of a counter; not while it is shown as it was before them. */
function exemplarsOf({ exemplars, atZero: zeros }: SeriesColumns, slot: number): Pick<CounterRecord, 'exemplars'> {
  const found = exemplars.size === 0 || zeros.has(slot) ? undefined : exemplars.get(slot);
  return found === undefined ? {} : { exemplars: found };
}

function defined(timeMs: number | undefined): number | undefined {
  return timeMs === undefined || Number.isNaN(timeMs) ? undefined : timeMs;
}

function created(name: string, labels: string, value: SeriesValue): string {
  if (value.type === 'gauge' || value.createdMs === undefined) return '';
  // OpenMetrics calls a counter by its name without `_total`.
  return createdLine(value.type === 'counter' ? name.replace(/_total$/, '') : name, labels, value.createdMs);
}
