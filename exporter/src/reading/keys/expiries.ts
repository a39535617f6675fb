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

  /** Whether the index names a key. */
  has({ slot }: SeriesEntry): boolean {
    return !Number.isNaN(this.#table.columns.expiresMs[slot] ?? Number.NaN);
  }

  /** Notes when a key expires, in milliseconds since the epoch. */
  set(entry: SeriesEntry, expiresMs: number): void {
    const had = this.has(entry);
    this.#table.columns.expiresMs[entry.slot] = expiresMs;
    this.#count += Number(this.has(entry)) - Number(had);
    if (expiresMs < this.#nextMs) this.#nextMs = expiresMs;
  }

  /** Notes that a key is not in the index, or not any more. */
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
    // Those that are past are set again or deleted by who asks, which brings the time forward where that is sooner.
    this.#nextMs = nextMs;
    return past;
  }
}
