import type { Batch, ForgottenBatch } from './batch.js';
import type { Clock } from '../time/clock.js';
import { HeldRecordings } from './held-recordings.js';
import type { Recordings } from '../accounting/tally.js';

// What Redis can lose after it acknowledged it is a few seconds old: an AOF synced every second, a lagging replica.
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_AGE_MS = 10 * 60_000;
// Without their content, only to count what is lost.
const MAX_FORGOTTEN = 4096;

/** Batches that Redis acknowledged and then lost. */
export interface MissingBatches {
  /** The most recent ones, in order; they can be sent again. */
  readonly kept: readonly Batch[];
  /** Recordings of the others; negative when Redis has data again that were counted as lost. */
  readonly lost: readonly Recordings[];
}

/**
 * The batches of one writer that Redis acknowledged. The last ones are kept, within limits of memory and age, to be sent again when
 * Redis loses them; of all, only the number of recordings is kept, to count losses of any age.
 */
export class AcknowledgedBatches {
  readonly #clock: Clock;
  readonly #maxCharacters: number;
  readonly #held = new HeldRecordings();
  #recent: { readonly batch: Batch; readonly acknowledgedAtMs: number }[] = [];
  #characters = 0;
  /** Older than all of `#recent`. */
  #forgotten: ForgottenBatch[] = [];
  /** Refused recordings by batch number, for recent batches: the note of a batch is written before its refusals are known. */
  readonly #refused = new Map<number, readonly Recordings[]>();

  /** @param sharers number of instances in the process that share the memory limit */
  constructor(clock: Clock, sharers = 1) {
    this.#clock = clock;
    this.#maxCharacters = MAX_CHARACTERS / sharers;
  }

  /** The note for the writer's mark: the recordings that Redis holds once it has applied this batch. */
  noteWith(batch: Batch): string {
    return this.#held.noteWith(batch.flushed ?? batch.recordings);
  }

  add(batch: Batch): void {
    this.#recent.push({ batch, acknowledgedAtMs: this.#clock() });
    this.#characters += batch.characters;
    this.#held.add(batch.flushed ?? []);
    this.#refused.delete(batch.number);
    if (batch.refused.length > 0) this.#noteRefused(batch);
    this.#forget();
  }

  /**
   * Redis went back to an earlier batch.
   * @param note the note of that batch; '' when it is unknown
   */
  rollBackTo(noted: number, note: string): MissingBatches {
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

  /** Redis lost all data of this writer, but not other data. */
  rollBackToStart(): MissingBatches {
    const kept = this.#takeKept(0);
    this.#forgotten = [];
    return { kept, lost: this.#lose(this.#held.all()) };
  }

  /** Redis lost everything, and nothing is sent again. @returns what it held */
  clear(): readonly Recordings[] {
    for (const { flushed } of this.#takeKept(0)) this.#held.add(flushed ?? []);
    this.#forgotten = [];
    return this.#lose(this.#held.all());
  }

  #lose(lost: readonly Recordings[]): readonly Recordings[] {
    this.#held.subtract(lost);
    return lost;
  }

  /** Removes and returns the kept batches after number `noted`. */
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
    if (this.#refused.size > MAX_FORGOTTEN && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** Releases the content of batches beyond the limits of age and memory. */
  #forget(): void {
    const oldestMs = this.#clock() - MAX_AGE_MS;
    let count = 0;
    for (const { batch, acknowledgedAtMs } of this.#recent) {
      if (this.#characters <= this.#maxCharacters && acknowledgedAtMs >= oldestMs) break;
      this.#characters -= batch.characters;
      this.#forgotten.push(batch.forget());
      count += 1;
    }
    if (count > 0) this.#recent = this.#recent.slice(count);
    // Not on every call, since it copies the whole list.
    if (this.#forgotten.length > 1.25 * MAX_FORGOTTEN) this.#forgotten = this.#forgotten.slice(-MAX_FORGOTTEN);
  }
}
