import type { LabelPair, WriterState } from '../../../page/src/protocol.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { labelledValues } from './labelled-values.js';

/** Maximum number of listed writers; those silent longest come first. */
const MAX_WRITERS = 100;

const LAST_FLUSH = 'redmeter_writer_last_flush_timestamp_seconds';
const FAILURES = 'redmeter_writer_flush_failures_total';
const DROPPED = 'redmeter_writer_dropped_total';

/** The processes that write, from the metrics that each reports about itself. */
export function writerStates(byName: ReadonlyMap<string, ShownFamily>): {
  readonly writers: readonly WriterState[];
  readonly more: number;
} {
  const failures = sumsBy(byName.get(FAILURES), []);
  const dropped = sumsBy(byName.get(DROPPED), ['reason']);
  const writers = Array.from(labelledValues(byName.get(LAST_FLUSH)), ({ labels, value }): WriterState => {
    const id = idOf(labels, []);
    return {
      labels,
      lastFlushMs: value * 1000,
      failures: failures.get(id) ?? 0,
      dropped: dropped.get(id) ?? 0,
    };
  }).sort((a, b) => a.lastFlushMs - b.lastFlushMs);
  return { writers: writers.slice(0, MAX_WRITERS), more: Math.max(0, writers.length - MAX_WRITERS) };
}

function sumsBy(family: ShownFamily | undefined, without: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of labelledValues(family)) {
    const id = idOf(labels, without);
    sums.set(id, (sums.get(id) ?? 0) + value);
  }
  return sums;
}

function idOf(labels: readonly LabelPair[], without: readonly string[]): string {
  return JSON.stringify(labels.filter(([name]) => !without.includes(name)));
}
