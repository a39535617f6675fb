import type { SeriesEntry } from './series-entry.js';

/** Several keys that mean one series: labels in two orders, `%41` for `A`, two shards. */
export class Copies {
  /** At least two, in the order of their keys' bytes: floating-point sums depend on it. */
  readonly entries: readonly SeriesEntry[];

  constructor(entries: readonly SeriesEntry[]) {
    this.entries = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

/** What stands in one place of a family: one key, or several that mean the same. */
export type Member = SeriesEntry | Copies;

/** The keys of a member. */
export function entriesOf(member: Member): readonly SeriesEntry[] {
  return member instanceof Copies ? member.entries : [member];
}
