import type { SeriesColumns } from '../series/series-columns.js';
import type { SeriesEntry } from '../series/series-entry.js';

/** The keys whose values one read asks for, each once. */
export class DueEntries {
  readonly #columns: SeriesColumns;
  readonly #read: number;
  readonly #entries: SeriesEntry[] = [];

  /** @param read the number of the read, above zero and another each time */
  constructor(columns: SeriesColumns, read: number) {
    this.#columns = columns;
    this.#read = read;
  }

  /** Takes a key in, unless it is there already. */
  add(entry: SeriesEntry): void {
    const { dueIn } = this.#columns;
    if (dueIn[entry.slot] === this.#read) return;
    dueIn[entry.slot] = this.#read;
    this.#entries.push(entry);
  }

  /** Those that are not gone again, and whose keys can be read at all. */
  readable(): SeriesEntry[] {
    return this.#entries.filter((entry) => entry.group !== undefined && !entry.isGone);
  }
}
