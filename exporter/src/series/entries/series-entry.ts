import type { MetricType, SkipReason } from '@redmeter/metric-format';

/** Why a key has no value to show: a skip reason, or that there is nothing under it (any more). */
export type NoValue = SkipReason | 'absent';

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

/**
 * One key, whether it has a series to show or not. There may be a million of them, so its numbers are in SeriesColumns, and
 * its labels are kept only until they are in its line: see LabelSource.
 */
export class SeriesEntry {
  /** The key's bytes, one a character. */
  readonly key: string;
  /** The keys of its name and type; undefined when the key itself cannot be read. */
  readonly group: EntryGroup | undefined;
  /** Its slot in SeriesColumns; -1 once the key is forgotten. */
  slot: number;
  /** Why there is no value; undefined when there is one. */
  missing: NoValue | undefined = 'absent';
  /** The key that followed it among changes last: writers keep an order, which spares looking most keys up. */
  next: SeriesEntry | undefined = undefined;

  constructor(key: string, group: EntryGroup | undefined, slot: number) {
    this.key = key;
    this.group = group;
    this.slot = slot;
  }

  /** Whether the key was forgotten. */
  get isGone(): boolean {
    return this.slot < 0;
  }

  get type(): MetricType | undefined {
    return this.group?.type;
  }
}
