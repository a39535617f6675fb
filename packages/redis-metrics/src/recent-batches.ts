import type { Batch } from './batch.js';
import type { Clock } from './clock.js';

// Redis forgets what it acknowledged for seconds at most: an AOF synced every second, a lagging replica.
const MOST_CHARACTERS = 4 * 1024 * 1024;
const OLDEST_MS = 10 * 60_000;
// Without their content, only to count what was lost.
const MOST_BATCHES = 4096;

/** What a rewound ledger asks for. */
export interface MissingBatches {
  /** Whether every missing batch can be sent again. */
  readonly isComplete: boolean;
  /** Those that can, in their order. */
  readonly kept: readonly Batch[];
  /** Those that can only be counted. */
  readonly forgotten: readonly Batch[];
}

/** The last batches that were acknowledged, for a Redis that loses them in a failover; bounded in memory and age. */
export class RecentBatches {
  readonly #clock: Clock;
  #batches: { readonly batch: Batch; readonly acknowledgedAtMs: number }[] = [];
  #characters = 0;
  /** How many, from the oldest on, have lost their content. */
  #forgotten = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(batch: Batch): void {
    this.#batches.push({ batch, acknowledgedAtMs: this.#clock() });
    this.#characters += batch.characters;
    this.#forget();
    if (this.#batches.length <= 2 * MOST_BATCHES) return;
    const surplus = Math.min(this.#forgotten, this.#batches.length - MOST_BATCHES);
    this.#batches = this.#batches.slice(surplus);
    this.#forgotten -= surplus;
  }

  /** Hands out the batches after number `noted` up to before `next`; they are no longer kept here. */
  takeMissing(noted: number, next: number): MissingBatches {
    this.#forget();
    const missing = this.#batches.map(({ batch }) => batch).filter(({ number }) => number > noted);
    this.#batches = this.#batches.filter(({ batch }) => batch.number <= noted);
    this.#forgotten = Math.min(this.#forgotten, this.#batches.length);
    const kept = missing.filter(({ canBeSent }) => canBeSent);
    this.#characters -= kept.reduce((sum, { characters }) => sum + characters, 0);
    return {
      isComplete: kept.length === next - noted - 1,
      kept,
      forgotten: missing.filter(({ canBeSent }) => !canBeSent),
    };
  }

  /** Whether all batches from 1 to before `next` can be sent again. */
  hasAllBefore(next: number): boolean {
    this.#forget();
    return this.#forgotten === 0 && this.#batches[0]?.batch.number === 1 && this.#batches.length === next - 1;
  }

  clear(): void {
    this.#batches = [];
    this.#characters = this.#forgotten = 0;
  }

  /** Takes the content from batches that are too old, or too many. */
  #forget(): void {
    const oldestMs = this.#clock() - OLDEST_MS;
    for (;;) {
      const oldest = this.#batches[this.#forgotten];
      if (oldest === undefined) return;
      if (this.#characters <= MOST_CHARACTERS && oldest.acknowledgedAtMs >= oldestMs) return;
      this.#characters -= oldest.batch.characters;
      oldest.batch.forgetContent();
      this.#forgotten += 1;
    }
  }
}
