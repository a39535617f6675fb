import type { MetricType, DropReason } from '@redmeter/metric-format';

/** Counts the recordings of one type: recorded, flushed, coalesced, and dropped by reason. */
export class Tally {
  /** When closed, recordings are counted and dropped. */
  isClosed = false;
  /** Whether recordings without an exemplar ask the application for one. */
  hasExemplarSource = false;
  /** Exemplars that were left out since they were invalid; their recordings count. */
  exemplarsDropped = 0;
  recorded = 0;
  flushed = 0;
  coalesced = 0;
  readonly #dropped = new Map<DropReason, number>();

  drop(reason: DropReason, recordings: number): void {
    if (recordings !== 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + recordings);
  }

  /** Recordings dropped so far, by reason; reasons that did not occur are absent. */
  dropped(): Partial<Record<DropReason, number>> {
    return Object.fromEntries([...this.#dropped].filter(([, recordings]) => recordings > 0));
  }
}

/** A tally for each type. */
export type Tallies = Readonly<Record<MetricType, Tally>>;

export function newTallies(): Tallies {
  return { counter: new Tally(), gauge: new Tally(), histogram: new Tally() };
}

/** Drops all later recordings. */
export function closeTallies(tallies: Tallies): void {
  for (const tally of Object.values(tallies)) tally.isClosed = true;
}

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
