import type { DropReason } from '@redmeter/metric-format';
import type { SeriesBudget } from '../recording/series/series-budget.js';
import type { ShardWriter } from '../flush/shard-writers.js';
import type { Tallies, Tally } from '../accounting/tally.js';

/** Delivery statistics of one type; `recorded` is always the sum of the others. */
export interface TypeStats {
  /** Calls that recorded a value, including dropped ones. */
  readonly recorded: number;
  /** Recordings that Redis has acknowledged and not lost since. */
  readonly flushed: number;
  /** Recordings that are waiting or in flight. */
  readonly pending: number;
  /** Dropped recordings by reason; reasons that did not occur are absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

/** Also counts the values that a newer one replaced before they were sent. */
export interface GaugeStats extends TypeStats {
  readonly coalesced: number;
}

/** Delivery statistics of everything the application recorded, without the library's own metrics. */
export interface MetricsStats {
  readonly counter: TypeStats;
  readonly gauge: GaugeStats;
  readonly histogram: TypeStats;
  /** Exemplars of counters and histograms that were left out since they were invalid; their recordings are counted as any. */
  readonly exemplarsDropped: number;
  /** Recordings dropped as `series_limit`, by metric name; for the first hundred such metrics. */
  readonly seriesLimit: Readonly<Record<string, number>>;
}

/** The statistics of one set of tallies. Pending recordings are counted in the queues, not computed from the other numbers. */
export function readStats(tallies: Tallies, writers: readonly ShardWriter[], budget: SeriesBudget): MetricsStats {
  const pending = new Map<Tally, number>();
  const addPending = (tally: Tally, recordings: number): void => {
    pending.set(tally, (pending.get(tally) ?? 0) + recordings);
  };
  for (const { changed, sender } of writers) {
    for (const { family, recordings } of changed) addPending(family.tally, recordings);
    for (const batch of sender.waiting()) {
      for (const { tally, recordings } of batch.recordings) addPending(tally, recordings);
    }
  }
  const typeStats = (tally: Tally): TypeStats => ({
    recorded: tally.recorded,
    flushed: tally.flushed,
    pending: pending.get(tally) ?? 0,
    dropped: tally.dropped(),
  });
  return {
    counter: typeStats(tallies.counter),
    gauge: { ...typeStats(tallies.gauge), coalesced: tallies.gauge.coalesced },
    histogram: typeStats(tallies.histogram),
    exemplarsDropped: tallies.counter.exemplarsDropped + tallies.histogram.exemplarsDropped,
    seriesLimit: Object.fromEntries(budget.dropped),
  };
}
