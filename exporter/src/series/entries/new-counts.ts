import type { SeriesEntry } from './series-entry.js';

/** Which counts are new to those who scrape, during one reading and the answer that it makes. */
export interface NewCountRule {
  /** The number of the reading: each has a higher one than the one before. */
  readonly reading: number;
  /** For how long after its beginning a count that was not there before is new, in milliseconds; 0 for not at all. */
  readonly newMs: number;
  /** The number of the last reading of which all who scrape have an answer. */
  readonly seenByAll: number;
}

/** For tables that show every count as it is. */
export const NOTHING_IS_NEW: NewCountRule = { reading: 0, newMs: 0, seenByAll: Number.POSITIVE_INFINITY };

/** A count may have begun while it was read, and so after the time that its reading has. */
const MAX_AHEAD_MS = 60_000;

/**
 * Counters and histograms that are shown as 0 although Redis has more. Prometheus counts how much a series rose since its first sample:
 * what a new one holds already would be lost. So each is shown as 0 until everyone who scrapes has seen that.
 */
export class NewCounts {
  readonly #rule: NewCountRule;
  /** The reading in which each was shown as 0 for the first time. */
  readonly #since = new Map<SeriesEntry, number>();

  constructor(rule: NewCountRule) {
    this.#rule = rule;
  }

  /** Whether a count that began at this time is new at `nowMs`; both in milliseconds since the epoch. */
  isNew(createdMs: number, nowMs: number): boolean {
    const ageMs = nowMs - createdMs;
    return ageMs < this.#rule.newMs && ageMs > -MAX_AHEAD_MS && this.#rule.newMs > 0;
  }

  /** The reading since which a series is shown as 0; undefined where it is not. */
  since(entry: SeriesEntry): number | undefined {
    return this.#since.size === 0 ? undefined : this.#since.get(entry);
  }

  /** Shows a series as 0, from this reading on unless another is named. */
  add(entry: SeriesEntry, since = this.#rule.reading): void {
    this.#since.set(entry, since);
  }

  delete(entry: SeriesEntry): void {
    this.#since.delete(entry);
  }

  /** Takes out those that all have seen as 0. */
  takeSeen(): SeriesEntry[] {
    if (this.#since.size === 0) return [];
    const seen = [...this.#since].filter(([, since]) => since <= this.#rule.seenByAll && since < this.#rule.reading);
    for (const [entry] of seen) this.#since.delete(entry);
    return seen.map(([entry]) => entry);
  }
}
