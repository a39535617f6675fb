import type { MetricType } from '@redmeter/metric-format';
import type { NoValue } from './no-value.js';
import type { SeriesColumns } from './series-columns.js';

/** The keys of one name and type, as one of them needs it. */
export interface EntryGroup {
  readonly name: string;
  readonly type: MetricType;
  /** Takes in a key that has a value now. */
  add(entry: SeriesEntry): void;
  /** Takes out a key that has no value any more. */
  remove(entry: SeriesEntry): void;
  /** Notes that a key's value is another. */
  markChanged(entry: SeriesEntry): void;
}

/** What a key shares with others. */
export interface EntryHome {
  readonly columns: SeriesColumns;
  /** The keys of its name and type; undefined when the key itself cannot be read. */
  readonly group: EntryGroup | undefined;
}

/**
 * One key, whether it has a series to show or not. There may be a million of them, so all that it has is in SeriesColumns, and
 * its labels are kept only until they are in its line: see LabelSource.
 */
export class SeriesEntry {
  /** Its slot in SeriesColumns; -1 once the key is forgotten. */
  slot: number;
  readonly #home: EntryHome;

  constructor(home: EntryHome, slot: number) {
    this.#home = home;
    this.slot = slot;
  }

  /** The key's bytes, one a character; while it is not forgotten. */
  get key(): string {
    return this.#home.columns.keys.at(this.slot);
  }

  /** The same as an argument of a command. */
  get keyArgument(): string | Buffer {
    return this.#home.columns.keys.argument(this.slot);
  }

  /** The keys of its name and type; undefined when the key itself cannot be read. */
  get group(): EntryGroup | undefined {
    return this.#home.group;
  }

  /** Why there is no value; undefined when there is one. */
  get missing(): NoValue | undefined {
    return this.#home.columns.missing.get(this.slot);
  }

  set missing(reason: NoValue | undefined) {
    this.#home.columns.missing.set(this.slot, reason);
  }

  /** Whether the key was forgotten. */
  get isGone(): boolean {
    return this.slot < 0;
  }

  get type(): MetricType | undefined {
    return this.#home.group?.type;
  }
}
