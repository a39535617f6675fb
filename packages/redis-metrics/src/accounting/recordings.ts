import type { DropReason } from './drop-reasons.js';
import type { Tally } from './tally.js';

/** Recordings of one type. */
export interface Recordings {
  readonly tally: Tally;
  readonly recordings: number;
}

/** Counts recordings as dropped that had been counted as flushed; fewer than 0 are counted the other way. */
export function countAsDropped(flushed: readonly Recordings[], reason: DropReason): void {
  for (const { tally, recordings } of flushed) {
    tally.flushed -= recordings;
    tally.drop(reason, recordings);
  }
}
