import type { Recordings } from '../accounting/recordings.js';
import type { Tally } from '../accounting/tally.js';

/** How many recordings of one writer Redis holds, by tally; and the same as the note that stands in the writer's mark. */
export class HeldRecordings {
  /** In the order in which the tallies came, which is that of the numbers in a note. */
  readonly #counts = new Map<Tally, number>();

  add(all: readonly Recordings[]): void {
    for (const { tally, recordings } of all) this.#counts.set(tally, (this.#counts.get(tally) ?? 0) + recordings);
  }

  subtract(all: readonly Recordings[]): void {
    for (const { tally, recordings } of all) this.#counts.set(tally, (this.#counts.get(tally) ?? 0) - recordings);
  }

  /** What Redis holds once it has applied `added`, as text. */
  noteWith(added: readonly Recordings[]): string {
    for (const { tally } of added) if (!this.#counts.has(tally)) this.#counts.set(tally, 0);
    const total = new HeldRecordings();
    total.add(this.all());
    total.add(added);
    return total
      .all()
      .map(({ recordings }) => recordings)
      .join(',');
  }

  /** What an earlier note says: tallies that came later held nothing then. Undefined where it is none. */
  read(note: string): readonly Recordings[] | undefined {
    const numbers = note.split(',').map((text) => (text === '' ? Number.NaN : Number(text)));
    if (!numbers.every(Number.isSafeInteger)) return undefined;
    return Array.from(this.#counts.keys(), (tally, i) => ({ tally, recordings: numbers[i] ?? 0 }));
  }

  all(): readonly Recordings[] {
    return Array.from(this.#counts, ([tally, recordings]) => ({ tally, recordings }));
  }
}
