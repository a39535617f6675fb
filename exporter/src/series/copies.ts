import { compareBytes } from '@redmeter/metric-reader';
import type { Chunk } from './chunk.js';
import type { SeriesEntry } from './series-entry.js';

/** Several keys that mean one series: labels in two orders, `%41` for `A`, two shards. */
export class Copies {
  /** At least two, in the order of their keys' bytes: floating-point sums depend on it. */
  entries: SeriesEntry[];
  readonly labels: string;
  chunk: Chunk | undefined = undefined;
  /** See SeriesEntry. */
  position = 0;

  constructor(entries: SeriesEntry[]) {
    this.entries = entries;
    this.labels = entries[0]?.labels ?? '';
  }
}

/** What stands in one place of a family: one key, or several that mean the same. */
export type Member = SeriesEntry | Copies;

/** The keys of a member. */
export function entriesOf(member: Member): readonly SeriesEntry[] {
  return member instanceof Copies ? member.entries : [member];
}

/** Orders keys of one group as they are shown: by the bytes of their labels, copies by those of their keys. */
export function compareEntries(a: SeriesEntry, b: SeriesEntry): number {
  return compareBytes(a.labels, b.labels) || (a.key < b.key ? -1 : 1);
}
