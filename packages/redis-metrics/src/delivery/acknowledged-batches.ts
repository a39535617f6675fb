import type { Batch, ForgottenBatch } from './batch.js';
import type { Clock } from '../time/clock.js';
import { HeldRecordings } from './held-recordings.js';
import type { Recordings } from '../accounting/recordings.js';

// Redis forgets what it acknowledged for seconds at most: an AOF synced every second, a lagging replica.
const MOST_CHARACTERS = 4 * 1024 * 1024;
const OLDEST_MS = 10 * 60_000;
// Without their content, only to count what was lost.
const MOST_FORGOTTEN = 4096;

/** What becomes of batches that Redis acknowledged and does not hold. */
export interface MissingBatches {
  /** Those that can be sent again, in their order: the last ones. */
  readonly kept: readonly Batch[];
  /** Recordings of the others; fewer than 0 where Redis holds some that had been lost before. */
  readonly lost: readonly Recordings[];
}

/**
 * What Redis acknowledged of one writer: the last batches, bounded in memory and age, to be sent again; and how many
 * recordings it holds of all, to tell what it lost however old that is.
 */
export class AcknowledgedBatches {
  readonly #clock: Clock;
  readonly #mostCharacters: number;
  readonly #held = new HeldRecordings();
  #recent: { readonly batch: Batch; readonly acknowledgedAtMs: number }[] = [];
  #characters = 0;
  /** Older than all of `#recent`. */
  #forgotten: ForgottenBatch[] = [];
  /** What was refused, by the numbers of the last batches in which anything was: notes are written before that is known. */
  readonly #refused = new Map<number, readonly Recordings[]>();

  /** @param sharers how many of these there are in the process, and share the memory */
  constructor(clock: Clock, sharers = 1) {
    this.#clock = clock;
    this.#mostCharacters = MOST_CHARACTERS / sharers;
  }

  /** What Redis holds once it has applied this batch too: the note for the writer's mark. */
  noteWith(batch: Batch): string {
    return this.#held.noteWith(batch.flushed ?? batch.recordings);
  }

  add(batch: Batch): void {
    this.#recent.push({ batch, acknowledgedAtMs: this.#clock() });
    this.#characters += batch.characters;
    this.#held.add(batch.flushed ?? []);
    if (batch.refused.length > 0) this.#noteRefused(batch);
    this.#forget();
  }

  /**
   * Redis stands at an earlier batch.
   * @param note of that batch; '' where it is not known
   */
  goBackTo(noted: number, note: string): MissingBatches {
    const kept = this.#takeKept(noted);
    const forgotten = this.#forgotten.filter(({ number }) => number > noted);
    this.#forgotten = this.#forgotten.filter(({ number }) => number <= noted);
    const held = this.#held.read(note);
    const lost = new HeldRecordings();
    if (held === undefined) {
      for (const { flushed } of forgotten) lost.add(flushed);
    } else {
      lost.add(this.#held.all());
      lost.subtract(held);
      lost.add(this.#refused.get(noted) ?? []);
    }
    return { kept, lost: this.#lose(lost.all()) };
  }

  /** Redis holds nothing of this writer, but other data as before. */
  goBackToStart(): MissingBatches {
    const kept = this.#takeKept(0);
    this.#forgotten = [];
    return { kept, lost: this.#lose(this.#held.all()) };
  }

  /** Redis holds nothing, and is given nothing again. @returns what it held */
  clear(): readonly Recordings[] {
    for (const { flushed } of this.#takeKept(0)) this.#held.add(flushed ?? []);
    this.#forgotten = [];
    return this.#lose(this.#held.all());
  }

  #lose(lost: readonly Recordings[]): readonly Recordings[] {
    this.#held.subtract(lost);
    return lost;
  }

  /** Hands out the batches after number `noted` that are whole; they are no longer kept here, nor held by Redis. */
  #takeKept(noted: number): readonly Batch[] {
    this.#forget();
    const kept = this.#recent.map(({ batch }) => batch).filter(({ number }) => number > noted);
    this.#recent = this.#recent.filter(({ batch }) => batch.number <= noted);
    for (const { characters, flushed } of kept) {
      this.#characters -= characters;
      this.#held.subtract(flushed ?? []);
    }
    return kept;
  }

  #noteRefused({ number, refused }: Batch): void {
    this.#refused.set(
      number,
      refused.map(([tally, , recordings]) => ({ tally, recordings })),
    );
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_FORGOTTEN && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** Lets go of the content of batches that are too old, or too many. */
  #forget(): void {
    const oldestMs = this.#clock() - OLDEST_MS;
    let count = 0;
    for (const { batch, acknowledgedAtMs } of this.#recent) {
      if (this.#characters <= this.#mostCharacters && acknowledgedAtMs >= oldestMs) break;
      this.#characters -= batch.characters;
      this.#forgotten.push(batch.forget());
      count += 1;
    }
    if (count > 0) this.#recent = this.#recent.slice(count);
    // Not each time, since it copies them all.
    if (this.#forgotten.length > 1.25 * MOST_FORGOTTEN) this.#forgotten = this.#forgotten.slice(-MOST_FORGOTTEN);
  }
}
