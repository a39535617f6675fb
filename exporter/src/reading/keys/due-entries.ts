import type { SeriesColumns } from '../../series/entries/series-columns.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';

/** The keys whose values one read fetches, each once. */
export class DueEntries {
  readonly #columns: SeriesColumns;
  readonly #entries: SeriesEntry[] = [];
  readonly #suspects: SeriesEntry[] = [];

  /** @param columns those that it marks as due are not asked for again, until the marks are cleared */
  constructor(columns: SeriesColumns) {
    this.#columns = columns;
  }

  /** Adds a key unless it is already there. */
  add(entry: SeriesEntry): void {
    if (this.#isNew(entry)) this.#entries.push(entry);
  }

  /** The same for a key whose value another program may have replaced. */
  addSuspect(entry: SeriesEntry): void {
    if (this.#isNew(entry)) this.#suspects.push(entry);
  }

  /** The keys that still exist and can be read. */
  *readable(): Generator<SeriesEntry> {
    for (const entry of this.#entries) if (isReadable(entry)) yield entry;
  }

  /** The same of the keys whose values another program may have replaced. */
  suspects(): SeriesEntry[] {
    return this.#suspects.filter(isReadable);
  }

  #isNew({ slot }: SeriesEntry): boolean {
    const { due } = this.#columns;
    if (due.has(slot)) return false;
    due.add(slot);
    return true;
  }
}

function isReadable(entry: SeriesEntry): boolean {
  return entry.group !== undefined && !entry.isGone;
}
