import type { SeriesEntry } from '../../series/entries/series-entry.js';
import type { SeriesTable } from '../../series/series-table.js';

/** When known keys expire, from the index of live series, and which of them are in it. */
export class Expiries {
  readonly #table: SeriesTable;
  #count = 0;
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(table: SeriesTable) {
    this.#table = table;
  }

  /** How many known keys are in the index. */
  get count(): number {
    return this.#count;
  }

  /** Whether a key is in the index. */
  has({ slot }: SeriesEntry): boolean {
    return !Number.isNaN(this.#table.columns.expiresMs[slot] ?? Number.NaN);
  }

  /** Records when a key expires, in milliseconds since the epoch. */
  set(entry: SeriesEntry, expiresMs: number): void {
    const had = this.has(entry);
    this.#table.columns.expiresMs[entry.slot] = expiresMs;
    this.#count += Number(this.has(entry)) - Number(had);
    if (expiresMs < this.#nextMs) this.#nextMs = expiresMs;
  }

  /** Records that a key is not in the index, or no longer. */
  delete(entry: SeriesEntry): void {
    this.set(entry, Number.NaN);
  }

  /** The keys that should have expired before a moment. */
  before(nowMs: number): SeriesEntry[] {
    if (nowMs <= this.#nextMs) return [];
    const { expiresMs } = this.#table.columns;
    const past: SeriesEntry[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#table.entries()) {
      const expires = expiresMs[entry.slot] ?? Number.NaN;
      if (expires < nowMs) past.push(entry);
      else if (expires < nextMs) nextMs = expires;
    }
    // The caller sets past expiry times again or deletes them, which may move the earliest time forward.
    this.#nextMs = nextMs;
    return past;
  }
}
