import type { SeriesSnapshot } from './series-snapshot.js';

// What the library reports about each process that writes.
const FLUSHES = 'redmeter_writer_flushes_total';
const LAST_FLUSH = 'redmeter_writer_last_flush_timestamp_seconds';

/** A process that writes metrics, as its own metrics in Redis show it; times by Redis's clock, in milliseconds since the epoch. */
interface Writer {
  readonly name: string;
  /** When its latest flush began that is in Redis. */
  readonly flushedMs: number;
  /** Milliseconds from flush to flush, over its life; undefined where it has not flushed twice. */
  readonly intervalMs: number | undefined;
}

/**
 * Writers that were at work shortly before a time and of which no flush since then is in the snapshot: what they recorded until then may
 * be missing. For a person, one text each.
 * @param sinceMs the time, by Redis's clock, in milliseconds since the epoch
 * @param expectedMs within which a writer at work flushes again, in milliseconds; one that is found to take longer has longer
 */
export function lateWriters(snapshot: SeriesSnapshot, sinceMs: number, expectedMs: number): string[] {
  return writersOf(snapshot).flatMap(({ name, flushedMs, intervalMs = 0 }) => {
    const ageMs = sinceMs - flushedMs;
    if (ageMs <= 0 || ageMs > Math.max(expectedMs, intervalMs * 1.2)) return [];
    const every = intervalMs > expectedMs ? `; it writes about every ${seconds(intervalMs)} s` : '';
    return [`the writer ${name} last wrote ${seconds(ageMs)} s before, and not since${every}`];
  });
}

function writersOf({ entries, takenMs }: SeriesSnapshot): Writer[] {
  const flushes = new Map<string, { count: number; lifeMs: number }>();
  const flushed = new Map<string, number>();
  for (const { name, labels, record } of entries.values()) {
    const writer = labels.labels.find(([label]) => label === 'writer')?.[1];
    if (writer === undefined || record.timestampMs === undefined) continue;
    if (name === FLUSHES && record.type === 'counter' && record.createdMs !== undefined) {
      flushes.set(writer, { count: record.value, lifeMs: record.timestampMs - record.createdMs });
    }
    // The value is the flush before; the time at which it was set is that of the flush that brought it.
    if (name === LAST_FLUSH && record.type === 'gauge') flushed.set(writer, Math.min(record.timestampMs, takenMs));
  }
  return [...flushed].map(([name, flushedMs]) => {
    const { count = 0, lifeMs = 0 } = flushes.get(name) ?? {};
    return { name, flushedMs, intervalMs: count > 0 ? lifeMs / count : undefined };
  });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
