import type { DropReason } from './drop-reasons.js';

/** What became of the recordings of one type; `recorded` is the sum of the others at every moment. */
export interface TypeStats {
  /** Calls that recorded a value, whether taken or dropped. */
  readonly recorded: number;
  /** Recordings that Redis has acknowledged. */
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
}
