import type { DropReason } from './drop-reasons.js';
import type { Tally } from './tally.js';

/** Recordings of one type. */
export interface Recordings {
  readonly tally: Tally;
  readonly recordings: number;
}

/** Moves recordings from flushed to dropped; a negative number moves them back. */
export function countAsDropped(flushed: readonly Recordings[], reason: DropReason): void {
  for (const { tally, recordings } of flushed) {
    tally.flushed -= recordings;
    tally.drop(reason, recordings);
  }
}
