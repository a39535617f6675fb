import type { DropReason } from '@redmeter/metric-format';
import type { Gap } from './gap.js';
import type { SeriesSnapshot, SnapshotEntry } from './series-snapshot.js';

/** The library's own count of recordings that never reach Redis. */
const DROPPED = 'redmeter_writer_dropped_total';

// What is dropped for these reasons was no recording of that metric, or one that the application took back.
const NOT_LOST = new Set<string>([
  'invalid_name',
  'reserved_name',
  'derived_name',
  'type_conflict',
  'mode_conflict',
  'invalid_label_name',
  'reserved_label',
  'invalid_label_value',
  'label_value_too_long',
  'too_many_labels',
  'invalid_value',
  'invalid_buckets',
  'removed',
] satisfies DropReason[]);

/** What may be missing from any series between two snapshots, as far as the server and the writers tell. */
export function lossesBetween(begin: SeriesSnapshot, end: SeriesSnapshot): Gap[] {
  const reasons = [otherData(begin, end), evictions(begin, end), truncation(begin, end), ...drops(begin, end)];
  return reasons.flatMap((reason) => (reason === undefined ? [] : [{ reason }]));
}

function otherData(begin: SeriesSnapshot, end: SeriesSnapshot): string | undefined {
  const isOther = [...begin.datasets].some(([tag, id]) => end.datasets.get(tag) !== id);
  return isOther ? 'all data in Redis were lost or replaced in the meantime (its data set has another id)' : undefined;
}

function evictions(begin: SeriesSnapshot, end: SeriesSnapshot): string | undefined {
  if (begin.evictedKeys === undefined || end.evictedKeys === undefined) return undefined;
  const evicted = end.evictedKeys - begin.evictedKeys;
  if (evicted <= 0) return undefined;
  return `Redis evicted ${evicted} ${evicted === 1 ? 'key' : 'keys'} in the meantime, since its memory was full: set its maxmemory-policy to noeviction`;
}

function truncation(begin: SeriesSnapshot, end: SeriesSnapshot): string | undefined {
  const names = [...new Set([...begin.truncated, ...end.truncated])];
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 3).join(', ');
  return `Redis holds more series than one reading takes; left out: ${shown}${names.length > 3 ? `, and ${names.length - 3} more metrics` : ''}`;
}

function drops(begin: SeriesSnapshot, end: SeriesSnapshot): string[] {
  const byReason = new Map<string, number>();
  for (const [key, entry] of end.entries) {
    const reason = labelOf(entry, 'reason');
    if (entry.name !== DROPPED || reason === undefined || NOT_LOST.has(reason)) continue;
    const before = begin.entries.get(key);
    const risen = countOf(entry) - (before === undefined ? 0 : countOf(before));
    if (risen > 0) byReason.set(reason, (byReason.get(reason) ?? 0) + risen);
  }
  return [...byReason].map(
    ([reason, count]) =>
      `${count} ${count === 1 ? 'recording' : 'recordings'} of the application never reached Redis (${reason})`,
  );
}

function countOf({ record }: SnapshotEntry): number {
  return record.type === 'counter' ? record.value : 0;
}

function labelOf({ labels }: SnapshotEntry, name: string): string | undefined {
  return labels.labels.find(([label]) => label === name)?.[1];
}
