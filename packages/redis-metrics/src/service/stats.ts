import type { DropReason } from '../accounting/drop-reasons.js';
import type { SeriesBudget } from '../recording/series/series-budget.js';
import type { ShardWriter } from '../flush/shard-writers.js';
import type { Tallies, Tally } from '../accounting/tally.js';

/** What became of the recordings of one type; `recorded` is the sum of the others at every moment. */
export interface TypeStats {
  /** Calls that recorded a value, whether taken or dropped. */
  readonly recorded: number;
  /** Recordings that Redis has acknowledged, and has not lost since. */
  readonly flushed: number;
  /** Recordings that wait, or are on their way. */
  readonly pending: number;
  /** Recordings that never reach Redis, by reason; reasons that did not occur are absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

/** As for the other types, and the values that a newer one replaced before they were sent. */
export interface GaugeStats extends TypeStats {
  readonly coalesced: number;
}

/** What became of everything the application recorded; the library's own metrics are not in it. */
export interface MetricsStats {
  readonly counter: TypeStats;
  readonly gauge: GaugeStats;
  readonly histogram: TypeStats;
  /** Recordings dropped as `series_limit`, by the name of their metric: of the first hundred that this happened to. */
  readonly seriesLimit: Readonly<Record<string, number>>;
}

/** Reads the stats of one set of tallies. What is pending is counted where it waits, not inferred from the others. */
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
    seriesLimit: Object.fromEntries(budget.dropped),
  };
}
