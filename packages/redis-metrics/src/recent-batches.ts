import type { Batch, ForgottenBatch } from './batch.js';
import type { Clock } from './clock.js';

// Redis forgets what it acknowledged for seconds at most: an AOF synced every second, a lagging replica.
const MOST_CHARACTERS = 4 * 1024 * 1024;
const OLDEST_MS = 10 * 60_000;
// Without their content, only to count what was lost.
const MOST_FORGOTTEN = 4096;

/** What a rewound ledger asks for. */
export interface MissingBatches {
  /** Whether every missing batch can be sent again. */
  readonly isComplete: boolean;
  /** Those that can, in their order. */
  readonly kept: readonly Batch[];
  /** Those that can only be counted. */
  readonly forgotten: readonly ForgottenBatch[];
}

/** The last batches that were acknowledged, for a Redis that loses them in a failover; bounded in memory and age. */
export class RecentBatches {
  readonly #clock: Clock;
  readonly #mostCharacters: number;
  #batches: { readonly batch: Batch; readonly acknowledgedAtMs: number }[] = [];
  #characters = 0;
  /** Older than all of `#batches`. */
  #forgotten: ForgottenBatch[] = [];

  /** @param sharers how many of these there are in the process, and share the memory */
  constructor(clock: Clock, sharers = 1) {
    this.#clock = clock;
    this.#mostCharacters = MOST_CHARACTERS / sharers;
  }

  add(batch: Batch): void {
    this.#batches.push({ batch, acknowledgedAtMs: this.#clock() });
    this.#characters += batch.characters;
    this.#forget();
  }

  /** Hands out the batches after number `noted` up to before `next`; they are no longer kept here. */
  takeMissing(noted: number, next: number): MissingBatches {
    this.#forget();
    const isMissing = ({ number }: { readonly number: number }): boolean => number > noted;
    const kept = this.#batches.map(({ batch }) => batch).filter(isMissing);
    const forgotten = this.#forgotten.filter(isMissing);
    this.#batches = this.#batches.filter(({ batch }) => !isMissing(batch));
    this.#forgotten = this.#forgotten.filter((batch) => !isMissing(batch));
    this.#characters -= kept.reduce((sum, { characters }) => sum + characters, 0);
    return { isComplete: kept.length === next - noted - 1, kept, forgotten };
  }

  /** Whether all batches from 1 to before `next` can be sent again. */
  hasAllBefore(next: number): boolean {
    this.#forget();
    return this.#batches[0]?.batch.number === 1 && this.#batches.length === next - 1;
  }

  clear(): void {
    this.#batches = [];
    this.#forgotten = [];
    this.#characters = 0;
  }

  /** Lets go of the content of batches that are too old, or too many. */
  #forget(): void {
    const oldestMs = this.#clock() - OLDEST_MS;
    let count = 0;
    for (const { batch, acknowledgedAtMs } of this.#batches) {
      if (this.#characters <= this.#mostCharacters && acknowledgedAtMs >= oldestMs) break;
      this.#characters -= batch.characters;
      this.#forgotten.push(batch.forget());
      count += 1;
    }
    if (count > 0) this.#batches = this.#batches.slice(count);
    // Not each time, since it copies them all.
    if (this.#forgotten.length > 1.25 * MOST_FORGOTTEN) this.#forgotten = this.#forgotten.slice(-MOST_FORGOTTEN);
  }
}
