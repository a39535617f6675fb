import type { Recordings, Tally } from '../accounting/tally.js';

/** Number of recordings of one writer that Redis holds, by tally; also as text, for the note in the writer's mark. */
export class HeldRecordings {
  /** In the order in which the tallies were added, which is the order of the numbers in a note. */
  readonly #counts = new Map<Tally, number>();

  add(all: readonly Recordings[]): void {
    for (const { tally, recordings } of all) this.#counts.set(tally, (this.#counts.get(tally) ?? 0) + recordings);
  }

  subtract(all: readonly Recordings[]): void {
    for (const { tally, recordings } of all) this.#counts.set(tally, (this.#counts.get(tally) ?? 0) - recordings);
  }

  /** The note for Redis once it has applied `added`. */
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

  /** Parses an earlier note; tallies added later have 0. Undefined when it is not a note. */
  read(note: string): readonly Recordings[] | undefined {
    const numbers = note.split(',').map((text) => (text === '' ? Number.NaN : Number(text)));
    if (!numbers.every(Number.isSafeInteger)) return undefined;
    return Array.from(this.#counts.keys(), (tally, i) => ({ tally, recordings: numbers[i] ?? 0 }));
  }

  all(): readonly Recordings[] {
    return Array.from(this.#counts, ([tally, recordings]) => ({ tally, recordings }));
  }
}
