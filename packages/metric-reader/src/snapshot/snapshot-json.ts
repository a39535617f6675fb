import {
  isJsonObject,
  jsonObject,
  numberJson,
  parseJson,
  parseRecord,
  parseSeriesKey,
  valueFields,
  type CounterRecord,
  type HistogramRecord,
} from '@redmeter/metric-format';
import { labelSet } from '../label-set.js';
import { counting } from './counting.js';
import type { SeriesSnapshot, SnapshotEntry } from './series-snapshot.js';

/**
 * A snapshot as JSON that another process can go on from: all that `recordedBetween` asks of a beginning. Gauges, help texts and times of
 * writing are left out.
 */
export function snapshotJson(snapshot: SeriesSnapshot): string {
  const { takenMs, prefix, entries, unreadable, datasets, evictedKeys, truncated } = snapshot;
  const series = [...entries].flatMap(([key, { record }]) => {
    if (record.type === 'gauge') return [];
    return [[key, jsonObject({ ...valueFields(counting(record)), created: numberJson(record.createdMs) })] as const];
  });
  return jsonObject({
    takenMs: numberJson(takenMs),
    prefix: JSON.stringify(prefix),
    series: jsonObject(Object.fromEntries(series)),
    unreadable: JSON.stringify([...unreadable]),
    datasets: JSON.stringify(Object.fromEntries(datasets)),
    ...(evictedKeys === undefined ? {} : { evictedKeys: numberJson(evictedKeys) }),
    truncated: JSON.stringify(truncated),
  });
}

/** The snapshot that `snapshotJson` wrote; undefined for any other text. */
export function readSnapshotJson(text: string): SeriesSnapshot | undefined {
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const { takenMs, prefix, series, unreadable, datasets, evictedKeys, truncated } = json.value;
  if (typeof takenMs !== 'number' || typeof prefix !== 'string') return undefined;
  if (!isJsonObject(series) || !isTexts(unreadable) || !isTexts(truncated) || !isJsonObject(datasets)) return undefined;
  if (evictedKeys !== undefined && typeof evictedKeys !== 'number') return undefined;
  const entries = new Map<string, SnapshotEntry>();
  for (const [key, fields] of Object.entries(series)) {
    const entry = entryOf(key, fields, prefix);
    if (entry === undefined) return undefined;
    entries.set(key, entry);
  }
  const ids = Object.entries(datasets).map(([tag, id]) => [tag, String(id)] as const);
  return {
    takenMs,
    prefix,
    entries,
    unreadable: new Set(unreadable),
    datasets: new Map(ids),
    evictedKeys,
    families: new Map(),
    truncated,
  };
}

function entryOf(
  key: string,
  fields: unknown,
  prefix: string,
): (SnapshotEntry & { readonly record: CounterRecord | HistogramRecord }) | undefined {
  const parsed = parseSeriesKey(Buffer.from(key, 'latin1'), prefix);
  if (parsed.kind === 'skipped') return undefined;
  const { type, name, labels } = parsed.id;
  const read = parseRecord(type, JSON.stringify(fields));
  if (read.kind === 'skipped' || read.record.type === 'gauge') return undefined;
  return { name, labels: labelSet(labels), record: read.record };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
